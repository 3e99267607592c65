#!/usr/bin/env python3
"""Writes sha256_golden.h: SHA-256 by Python's hashlib (OpenSSL) of one pattern in many lengths, and the
published examples of FIPS 180-4 (NIST, "Secure Hash Standard: example values", SHA-256).

   make_sha256_golden.py > sha256_golden.h"""
import hashlib

LENGTHS = (1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 1000, 4097, 262143, 262144, 262145, 1000003)
EXAMPLES = ((b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
            (b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
             b"ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
             "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"))


def pattern(n):
    return bytes((i * i * 31 + 7 * i + (i >> 8)) & 255 for i in range(n))


def main():
    print("/* Made by make_sha256_golden.py: hashlib's SHA-256 of a pattern, and examples of NIST. */\n"
          "static const struct {\n  size_t n;\n  const char *sha256;\n} of_lengths[] = {")
    longest = pattern(max(LENGTHS))
    for n in LENGTHS:
        print(f"    {{{n}, \"{hashlib.sha256(longest[:n]).hexdigest()}\"}},")
    print("};\n/* Of the digests, as text, of all lengths from 0 to 299. */\nstatic const char of_all[] =")
    digests = "".join(hashlib.sha256(longest[:n]).hexdigest() for n in range(300))
    print(f"    \"{hashlib.sha256(digests.encode()).hexdigest()}\";")
    print("static const struct {\n  const char *text, *sha256;\n} examples[] = {")
    for text, digest in EXAMPLES:
        assert hashlib.sha256(text).hexdigest() == digest
        print(f"    {{\"{text.decode()}\",\n     \"{digest}\"}},")
    print("};\n/* Of a million times the letter a. */\nstatic const char of_million[] =\n"
          "    \"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0\";")


if __name__ == "__main__":
    main()
