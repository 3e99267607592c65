/* Made by make_attention_golden.py (PyTorch, float64); do not edit. */
/* clang-format off */
static const double golden_result[35] = {
    -1.42166412, -0.116458061, 0.191385524, -0.260772116, -0.716992151, -0.0471198704,
    -0.0998227416, 0.321345972, -0.103107345, -0.624220738, 0.534685043, -0.401219121,
    -0.0723360016, -0.402823468, -0.00533876707, 0.323541369, -0.89735885, -0.598408936,
    -0.645445442, 0.327303857, -1.35238416, 0.247664516, 0.70665115, 0.0197701613,
    -0.931299212, 0.367687276, -0.278483592, 0.10593256, -0.183493549, -0.383002721,
    -1.54622655, -0.0647780059, 0.422858704, -1.29001213, 0.145218499,
};
static const char *const golden_names[30] = {"it.input.weight", "it.input.bias", "it.layer1.norm1.weight", "it.layer1.norm1.bias", "it.layer1.qkv.weight", "it.layer1.qkv.bias", "it.layer1.out.weight", "it.layer1.out.bias", "it.layer1.norm2.weight", "it.layer1.norm2.bias", "it.layer1.up.weight", "it.layer1.up.bias", "it.layer1.down.weight", "it.layer1.down.bias", "it.layer2.norm1.weight", "it.layer2.norm1.bias", "it.layer2.qkv.weight", "it.layer2.qkv.bias", "it.layer2.out.weight", "it.layer2.out.bias", "it.layer2.norm2.weight", "it.layer2.norm2.bias", "it.layer2.up.weight", "it.layer2.up.bias", "it.layer2.down.weight", "it.layer2.down.bias", "it.norm.weight", "it.norm.bias", "it.token.weight", "it.token.bias"};
static const double golden_gradients[60] = {
    -9.86175565, 17.2380388, 3.13149552, 11.8867754, -0.517252678, 2.73251129,
    0.226552334, 4.89350644, 4.74911104, 22.5074828, 6.92592309, 9.08035691,
    7.41896097, 13.9916918, 3.01711398, 16.7027922, -0.745046996, 5.19496397,
    9.072804, 5.35231518, 8.73979358, 20.9975675, 1.31913762, 7.85530935,
    -17.1984592, 22.6054474, -12.1202694, 15.5279994, 4.7786335, 4.70318446,
    0.246200353, 5.80052808, -11.1337098, 15.7938067, -3.25963057, 7.76103276,
    5.00776114, 7.85276324, -11.3261694, 10.1568748, 1.46593086, 2.01693403,
    -2.44775186, 2.45532011, -5.11623947, 9.16602774, -0.896007212, 3.64313853,
    0.838519985, 7.95121291, -3.78243565, 6.23762302, 1.31080804, 2.56402865,
    -2.35363244, 3.48294837, 3.83180052, 12.2867549, 9.15463087, 5.58313807,
};
