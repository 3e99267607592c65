/* Made by make_attention_golden.py (PyTorch, float64); do not edit. */
/* clang-format off */
static const double golden_result[48] = {
    -1.4679074, -0.735295541, 2.57411613, 0.275074019, -0.994556666, 0.0600852001,
    0.337641861, 0.616939365, -0.910038256, -0.925529162, 1.83207962, -0.349691526,
    -0.747563426, 0.0783973248, 0.720646695, 1.28215583, 0.909818071, -1.30083973,
    1.90127411, -0.354479404, 0.361440983, 0.0639079671, 0.151336351, 0.12559495,
    0.788696686, -1.27024228, 1.33832201, -0.603740819, 0.397467632, -0.0476431135,
    0.424948008, 0.766495992, -2.24877415, 0.791688274, 1.58784423, 0.217549611,
    -1.95018001, 0.234585585, 0.178408602, 0.554858864, -2.1870421, 0.645398044,
    1.1631538, 0.0101903706, -2.0825851, 0.304935635, 0.684341055, 0.879052931,
};
static const char *const golden_names[51] = {"fusion.tokens", "fusion.modality1.layer1.norm1.weight", "fusion.modality1.layer1.norm1.bias", "fusion.modality1.layer1.qkv.weight", "fusion.modality1.layer1.qkv.bias", "fusion.modality1.layer1.out.weight", "fusion.modality1.layer1.out.bias", "fusion.modality1.layer1.norm2.weight", "fusion.modality1.layer1.norm2.bias", "fusion.modality1.layer1.up.weight", "fusion.modality1.layer1.up.bias", "fusion.modality1.layer1.down.weight", "fusion.modality1.layer1.down.bias", "fusion.modality1.layer2.norm1.weight", "fusion.modality1.layer2.norm1.bias", "fusion.modality1.layer2.qkv.weight", "fusion.modality1.layer2.qkv.bias", "fusion.modality1.layer2.out.weight", "fusion.modality1.layer2.out.bias", "fusion.modality1.layer2.norm2.weight", "fusion.modality1.layer2.norm2.bias", "fusion.modality1.layer2.up.weight", "fusion.modality1.layer2.up.bias", "fusion.modality1.layer2.down.weight", "fusion.modality1.layer2.down.bias", "fusion.modality2.layer1.norm1.weight", "fusion.modality2.layer1.norm1.bias", "fusion.modality2.layer1.qkv.weight", "fusion.modality2.layer1.qkv.bias", "fusion.modality2.layer1.out.weight", "fusion.modality2.layer1.out.bias", "fusion.modality2.layer1.norm2.weight", "fusion.modality2.layer1.norm2.bias", "fusion.modality2.layer1.up.weight", "fusion.modality2.layer1.up.bias", "fusion.modality2.layer1.down.weight", "fusion.modality2.layer1.down.bias", "fusion.modality2.layer2.norm1.weight", "fusion.modality2.layer2.norm1.bias", "fusion.modality2.layer2.qkv.weight", "fusion.modality2.layer2.qkv.bias", "fusion.modality2.layer2.out.weight", "fusion.modality2.layer2.out.bias", "fusion.modality2.layer2.norm2.weight", "fusion.modality2.layer2.norm2.bias", "fusion.modality2.layer2.up.weight", "fusion.modality2.layer2.up.bias", "fusion.modality2.layer2.down.weight", "fusion.modality2.layer2.down.bias", "fusion.norm.weight", "fusion.norm.bias"};
static const double golden_gradients[106] = {
    25.9060706, 11.9172147, -0.293326103, 0.278054255, 0.942347491, 0.939016366,
    -5.38243215, 4.37279404, 0.986124685, 2.41040006, 0.334730286, 2.62461875,
    3.46992674, 3.26290057, 0.9684329, 0.822495134, 0.872369017, 0.584241416,
    3.31808962, 6.67917996, 1.17009671, 1.69486033, -0.475040257, 7.19425433,
    1.77834042, 2.31864563, -0.362880101, 0.633837175, -0.246130416, 0.57083457,
    -2.05828823, 3.21011331, -0.75996074, 1.49516691, -4.56130203, 3.43686355,
    1.43830827, 2.49797414, -0.673765576, 0.626761483, -0.377879448, 0.571548512,
    2.04183824, 3.02081226, 0.527364491, 0.907182123, 1.18288648, 3.6428914,
    1.76353061, 2.34372183, 0.391142996, 1.22018534, -0.0836524008, 2.88392462,
    2.6711008, 7.29252936, 0.383420984, 3.97888315, 4.9839819, 8.63200531,
    4.70814393, 6.84929511, 0.401221199, 1.55461452, 0.508746936, 1.80599644,
    8.2651375, 8.09544079, -0.850307748, 2.78945773, 2.0503225, 11.2845313,
    3.35711361, 5.38173736, 0.641331494, 0.801252217, -0.044790063, 1.0710878,
    -2.48366622, 3.52205459, 2.43849343, 1.73321374, -0.445000813, 3.77026695,
    3.54943595, 5.23632278, 0.429180558, 0.522616396, 0.319297827, 0.500088251,
    1.44468573, 6.59100674, -0.851890722, 2.17273091, -0.772150061, 3.86898608,
    3.40199372, 5.1757976, 1.69096733, 4.33233982, 1.67362357, 4.88896608,
    0.256043733, 0.795953822, 0.249934837, 1.14811282,
};
