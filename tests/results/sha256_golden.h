/* Made by make_sha256_golden.py: hashlib's SHA-256 of a pattern, and examples of NIST. */
static const struct {
  size_t n;
  const char *sha256;
} of_lengths[] = {
    {1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
    {55, "40b13d903e319c0905fcc55d22ab849e3068f6a3b0ea624aad8003ddf9cf070d"},
    {56, "8530bd7129724d1f1eadf109e0faa2804dce39d7f1d3cea91678966bbdb428ea"},
    {57, "4ba005a206c451ab4c452d8c8f0938e167acad5623e69a32c6db6867d99b509a"},
    {63, "b29ceda3f8675c7a969e353a88649572e6233b773563c91fb9c6493eb6e8ab08"},
    {64, "6d7f5fdf1b36558350f0a4779d80a35271d416d87b2e57d1c8ba828d2e7d13ae"},
    {65, "7e4b7e342c37e4917629d05a99dd1c975ec2ffdc06bbce30b8dec9a549df1da3"},
    {119, "09e24cdaf3843d768a08d0c392a551f55f0b49e2cca3a3f72e0b7c2c212fc480"},
    {120, "778d64d905517cdcb6da937a52949559d347e65a11562f2128042d63dae012d9"},
    {127, "551a6d0d3c5557c9169166037bafc61aa32d5b31e0901c5475791a436f65e1a4"},
    {128, "ea881d2a48639d2a781642c98c74aa83e789dc42299b9b7f6474b6e046c9e366"},
    {1000, "02c4a8f3a05286e7afb7c26305909875d65e70e549169a947e9a9632e854d72d"},
    {4097, "64871cf2cb2f6f448dd4268a653334283766141060d732b1b958f5fe7b7a7554"},
    {262143, "bccec425b15ad02b7da0f55a9cbcede9f86ba64f11b9091f57579d1cb93babda"},
    {262144, "dcdeb695458e3125e6a52e93417ca99bde8ae1c2b3f7ae790054b691809fd0a9"},
    {262145, "7a26919a932cffaca066ccbf1eec64909869bb1aad744e460f804451aa6162ef"},
    {1000003, "887f7b25accfe3f18aaf5fd09683f04fed65f7092ae632c73da8e361ec93a572"},
};
/* Of the digests, as text, of all lengths from 0 to 299. */
static const char of_all[] = "d6981cf3ae97c2adbdaa29f7f01ecafc5da4977cd070e169bd1c235d1acf0dd5";
static const struct {
  const char *text, *sha256;
} examples[] = {
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnop"
     "qrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};
/* Of a million times the letter a. */
static const char of_million[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
