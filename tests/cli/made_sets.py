"""Small made files in the layouts of ten public data sets, a function for each. They write below a
folder what a user would unpack there."""
import array
import json
import struct
import wave
import zlib


def put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))


def wav(folder, name, level, seconds=0.25):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        steps = range(int(16000 * seconds))
        file.writeframes(array.array("h", [level + k % 7 for k in steps]).tobytes())


def npy(folder, name, rows):
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    head += " " * (-(11 + len(head)) % 64) + "\n"
    flat = [value for row in rows for value in row]
    put(folder, name, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode()
        + struct.pack(f"<{len(flat)}f", *flat))


def png(folder, name, colour, width=4, height=4):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    rows = (b"\x00" + bytes(colour) * width) * height
    put(folder, name, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def frames(folder, name, first):
    """Two frames of MobileNetV2's width."""
    npy(folder, name, [[first + k / 1280 for k in range(1280)], [first + 1 + k / 1280 for k in range(1280)]])


MELD = {  # dialogue, utterance, speaker, emotion, season, said
    "train": [(0, 0, "Ross", "joy", 1, "Oh, I \"know\""), (0, 1, "Rachel", "neutral", 1, "So"),
              (0, 2, "Ross", "fear", 1, "Help"), (1, 0, "Ross", "anger", 2, "No, no"),
              *((2, k, "Joey", "sadness", 3, f"word {k}") for k in range(11))],
    "dev": [(0, 0, "Ross", "sadness", 1, "Hm"), (0, 1, "Monica", "surprise", 1, "What?")],
    "test": [(0, 0, "Rachel", "joy", 1, "Yes"), (0, 1, "Phoebe", "anger", 1, "Grr")],
}
MELD_FOLDERS = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}


def meld(raw):
    for split, rows in MELD.items():
        lines = ["Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,"
                 "StartTime,EndTime"]
        for n, (dialogue, utterance, who, emotion, season, said) in enumerate(rows):
            quoted = said.replace('"', '""')
            lines.append(f'{n + 1},"{quoted}",{who},{emotion},neutral,{dialogue},{utterance},{season},3,'
                         '"00:16:16,059","00:16:21,731"')
            if said != "So":  # a film that could not be read
                wav(raw, f"MELD.Raw/{MELD_FOLDERS[split]}/waves/dia{dialogue}_utt{utterance}.wav", 100 + n)
        put(raw, f"MELD.Raw/{split}_sent_emo.csv", "\n".join(lines) + "\n")


VOTES = ["A", "S", "H", "N", "D", "A:S"]


def crema_d(raw):
    lines = ['"","FileName","VoiceVote","VoiceLevel","FaceVote","FaceLevel","MultiModalVote","MultiModalLevel"']
    for actor in (1001, 1002, 1019, 1020, 1038, 1056, 1074, 1091):
        for k in range(12):
            vote = VOTES[k % 6]
            name = f"{actor}_{['DFA', 'IEO'][k // 6]}_{['ANG', 'SAD', 'HAP', 'NEU', 'DIS', 'FEA'][k % 6]}_XX"
            lines.append(f'"{len(lines)}","{name}","A","50.5","{vote}","70","{vote}","66.1"')
            wav(raw, f"CREMA-D/AudioWAV/{name}.wav", 20 * actor + k - 20000)
            frames(raw, f"features/video/{name}.npy", 20 * actor + k)
    lines.append('"99","1076_MTI_SAD_XX","N","1","N","1","N","1"')
    put(raw, "CREMA-D/processedResults/summaryTable.csv", "\n".join(lines) + "\n")


def ku_har(raw):
    """Every person has 300 rows at 100 Hz of each activity: a window of 256 and 44 rows that are left."""
    for who in (*range(1001, 1006), 1101):
        for code, name in ((0, "Stand"), (1, "Sit"), (2, "Talk-sit"), (15, "Stair-up")):
            for take in (1, 2, 3, 4, 5):
                rows = [f"{k / 100:.2f},{who + k},{k},{-k},{k / 100:.2f},{code},{take},{k / 8}" for k in range(300)]
                put(raw, f"Trimmed_interpolated_data/{code}.{name}/{who}_A_{take}.csv", "\n".join(rows) + "\n")


LEADS = ["I", "II", "III", "AVR", "AVL", "AVF", "V1", "V2", "V3", "V4", "V5", "V6"]
ECG = [  # id, sex, site, fold, codes
    (1, 0, "0.0", 1, "{'NORM': 100.0, 'LVOL': 0.0, 'SR': 0.0}"), (2, 1, "0.0", 8, "{'IMI': 100.0, 'NDT': 100.0}"),
    (3, 0, "1.0", 9, "{'IMI': 50.0, 'NDT': 100.0}"), (4, 1, "1.0", 10, "{'SR': 0.0}"),
    (5, 0, "", 2, "{'NORM': 100.0}"), *((k, 0, "0.0", 3, "{'NORM': 80.0, 'LVH': 100.0}") for k in range(6, 16)),
]


def ptb_xl(raw):
    put(raw, "scp_statements.csv", ",description,diagnostic,form,rhythm,diagnostic_class\n"
        "NDT,non-diagnostic,1.0,1.0,,STTC\nNORM,\"normal, ECG\",1.0,,,NORM\nIMI,infarction,1.0,,,MI\n"
        "LVH,hypertrophy,1.0,,,HYP\nSR,rhythm,,,1.0,\nLVOL,low,,1.0,,\n")
    lines = ["ecg_id,patient_id,age,sex,height,site,device,scp_codes,strat_fold,filename_lr,filename_hr"]
    for number, sex, site, fold, codes in ECG:
        name = f"records100/00000/{number:05d}_lr"
        lines.append(f'{number},{number}.0,56.0,{sex},,{site},CS-12   E,"{codes}",{fold},{name},x')
        head = [f"{number:05d}_lr 12 100 1000"]
        head += [f"{number:05d}_lr.dat 16 1000.0(0)/mV 16 0 -119 1508 0 {lead}" for lead in LEADS]
        put(raw, name + ".hea", "\n".join(head) + "\n")
        put(raw, name + ".dat", struct.pack("<12000h", *(number * 100 + t % 50 - 20 * k for t in range(1000)
                                                           for k in range(12))))
    put(raw, "ptbxl_database.csv", "\n".join(lines) + "\n")


def hateful_memes(raw):
    number = 0
    for split, n in (("train", 40), ("dev_seen", 3), ("test_seen", 4)):
        lines = []
        for k in range(n):
            number += 1
            lines.append(json.dumps({"id": number, "img": f"img/{number:05d}.png", "label": k % 2,
                                     "text": f"what \"they\" say {number}"}))
            png(raw, f"img/{number:05d}.png", (number, 2 * number, 255 - number))
        put(raw, f"{split}.jsonl", "\n".join(lines) + "\n")


CRISES = ["not_humanitarian", "infrastructure_and_utility_damage", "vehicle_damage",
          "rescue_volunteering_or_donation_effort", "other_relevant_information", "affected_individuals",
          "injured_or_dead_people", "missing_or_found_people"]


def crisis_mmd(raw):
    tweet = 917791044158185473
    for split, n in (("train", 120), ("dev", 8), ("test", 8)):
        lines = ["event_name\ttweet_id\timage_id\ttweet_text\timage\tlabel\tlabel_text\tlabel_image\tlabel_text_image"]
        for k in range(n):
            tweet += k % 2  # two pictures of a tweet
            event = "hurricane_maria" if k % 3 else "california_wildfires"
            image = f"data_image/{event}/10_10_2017/{tweet}_{k % 2}.jpg"
            lines.append(f"{event}\t{tweet}\t{tweet}_{k % 2}\t5\" of \"rain\" {tweet} http://t.co/x\t{image}\t"
                         f"{CRISES[0]}\t{CRISES[0]}\t{CRISES[k % 8]}\tPositive")
            png(raw, f"CrisisMMD_v2.0/{image}", (k, tweet % 251, 7))
        tweet += 1
        put(raw, f"CrisisMMD_v2.0/crisismmd_datasplit_all/task_humanitarian_text_img_{split}.tsv",
            "\n".join(lines) + "\n")


def ucf101(raw):
    for split, groups in (("train", range(8, 20)), ("test", range(1, 4))):
        lines = []
        for label in ("ApplyEyeMakeup", "Biking", "WritingOnBoard"):  # Biking has no sound
            for group in groups:
                for clip in range(1, 6):
                    video = f"v_{label}_g{group:02d}_c{clip:02d}"
                    lines.append(f"{label}/{video}.avi" + (" 1" if split == "train" else ""))
                    if label != "Biking":
                        wav(raw, f"audios/{label}/{video}.wav", group * 10 + clip + 1000 * len(label))
                        frames(raw, f"features/video/{label}/{video}.npy", group * 10 + clip + 1000 * len(label))
        put(raw, f"ucfTrainTestlist/{split}list01.txt", "\n".join(lines) + "\n")


def moments(raw):
    lines = ["part,label,video"]
    for part, n in (("training", 50), ("validation", 4)):
        for label in ("adult+female+singing", "clapping", "rare"):
            for k in range(n):
                lines.append(f"{part},{label},yt-{label[:2]}_{k}")
                if label != "rare":
                    wav(raw, f"audios/{part}/{label}/yt-{label[:2]}_{k}.wav", k + 100 * n + 10000 * len(label) // 8)
                    frames(raw, f"features/video/{part}/{label}/yt-{label[:2]}_{k}.npy", k + 100 * n + 10000 * len(label))
    put(raw, "list.csv", "\n".join(lines) + "\n")
    put(raw, "classes.csv", "label\nadult+female+singing\nclapping\n")
