/**
 * Certificates for tests, made once by OpenSSL 3.0, all of Ed25519 keys from `openssl genpkey -algorithm ed25519`:
 * `openssl req -new -key KEY -subj "/CN=NAME"`, then `openssl ca -batch -notext -startdate 20200101000000Z
 * -enddate 21200101000000Z -extensions E` with `-selfsign -keyfile CA_KEY` for authorities and `-cert CA -keyfile
 * CA_KEY` for the others, where `E` is a section with `basicConstraints=critical,CA:TRUE` or `CA:FALSE`.
 */

/** The 32 secret bytes of the key that signs packs. */
export const SIGNER_SEED: Uint8Array = Uint8Array.fromHex(
  "0608633cd5a18bfd3d5a6e691b2e6b99ed74b274d9e4b2b62fbf64d870a00576",
);

/** A certificate authority. */
export const CA: string = `-----BEGIN CERTIFICATE-----
MIIBBjCBuaADAgECAgEBMAUGAytlcDASMRAwDgYDVQQDDAdUZXN0IENBMCAXDTIw
MDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjASMRAwDgYDVQQDDAdUZXN0IENB
MCowBQYDK2VwAyEAcghBjNVvYFeS3XRCYfF2DQ5qCKtxLP/qvcHFa6XsPjKjMjAw
MA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFPg3PMc5MumrHkjWqpazmR2RWK1C
MAUGAytlcANBAMWDAw3oOB/1iOtIDNb61S/VWS9HjJO+UtE747GZdCpnhxoS7MJa
N0abHQ3FMFb2TUhvm0zAUPYNKE5jmlUzHg8=
-----END CERTIFICATE-----
`;

/** The same authority, with a certificate that expired in 2021. */
export const EXPIRED_CA: string = `-----BEGIN CERTIFICATE-----
MIIBBDCBt6ADAgECAgECMAUGAytlcDASMRAwDgYDVQQDDAdUZXN0IENBMB4XDTIw
MDEwMTAwMDAwMFoXDTIxMDEwMTAwMDAwMFowEjEQMA4GA1UEAwwHVGVzdCBDQTAq
MAUGAytlcAMhAHIIQYzVb2BXkt10QmHxdg0OagircSz/6r3BxWul7D4yozIwMDAP
BgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBT4NzzHOTLpqx5I1qqWs5kdkVitQjAF
BgMrZXADQQBJXjZePnz8SLtlbQtrnstysJOEClpGDlWhVwvCfGnau31VRURKUHjH
VeOKx+5W2Hid7ubZb4mm72D2iuA3Jg0O
-----END CERTIFICATE-----
`;

/** The same authority, whose certificate does not say that it may issue others. */
export const POWERLESS_CA: string = `-----BEGIN CERTIFICATE-----
MIIBAzCBtqADAgECAgEDMAUGAytlcDASMRAwDgYDVQQDDAdUZXN0IENBMCAXDTIw
MDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjASMRAwDgYDVQQDDAdUZXN0IENB
MCowBQYDK2VwAyEAcghBjNVvYFeS3XRCYfF2DQ5qCKtxLP/qvcHFa6XsPjKjLzAt
MAwGA1UdEwEB/wQCMAAwHQYDVR0OBBYEFPg3PMc5MumrHkjWqpazmR2RWK1CMAUG
AytlcANBANcaCx2gTttjL1BhCTj5vR+5hS6mMoN1rFh2sLVyK80QDqPR5P12JqL6
35kNNtUdTEaKCEdmu5sfBXbGqUBv7gY=
-----END CERTIFICATE-----
`;

/** Another authority of the same name. */
export const UNRELATED_CA: string = `-----BEGIN CERTIFICATE-----
MIIBBjCBuaADAgECAgEEMAUGAytlcDASMRAwDgYDVQQDDAdUZXN0IENBMCAXDTIw
MDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjASMRAwDgYDVQQDDAdUZXN0IENB
MCowBQYDK2VwAyEAWtkctZTsDp1TxdATyp0Z+6mJfyB77ruEBhk+VPH8xNajMjAw
MA8GA1UdEwEB/wQFMAMBAf8wHQYDVR0OBBYEFLTyLyKTss8S/RjK1RcB7dEM9DPe
MAUGAytlcANBAGrdRpELc23FDA4YSkBsCNHq/rOwj4AaBRRXswRHRwj3MbGj6JSZ
YZq8c5gVsEMv2L7xHeDJQszlRpQaLiblLQo=
-----END CERTIFICATE-----
`;

/** A certificate for the key of {@linkcode SIGNER_SEED}, issued by the authority. */
export const SIGNER: string = `-----BEGIN CERTIFICATE-----
MIIBKDCB26ADAgECAgEFMAUGAytlcDASMRAwDgYDVQQDDAdUZXN0IENBMCAXDTIw
MDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAWMRQwEgYDVQQDDAtUZXN0IFNp
Z25lcjAqMAUGAytlcAMhADALMhCCAFjWPzpzCuAwGx5wazExainOaRX/hlbijS0h
o1AwTjAMBgNVHRMBAf8EAjAAMB0GA1UdDgQWBBRnd72ypDO6VoQ7WKTkgMp9Lowt
WDAfBgNVHSMEGDAWgBT4NzzHOTLpqx5I1qqWs5kdkVitQjAFBgMrZXADQQDW4kAf
RIHmZHYfM9WQn5LZeFoauwprTCNO9wo7c99BuISG6rQVQOTeBSsFuPmhtjSLqUH9
ITTq73i9PUyU+fgL
-----END CERTIFICATE-----
`;

/** An authority whose certificate was issued by the first. */
export const MIDDLE_CA: string = `-----BEGIN CERTIFICATE-----
MIIBKzCB3qADAgECAgEGMAUGAytlcDASMRAwDgYDVQQDDAdUZXN0IENBMCAXDTIw
MDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAWMRQwEgYDVQQDDAtUZXN0IE1p
ZGRsZTAqMAUGAytlcAMhAGKRilZscLqWm35PTS1Lgl0uLtSasMqDUHZbrwQcNhAd
o1MwUTAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBS4jpk7Sy7wLm74M5wCdOEW
Kho+RTAfBgNVHSMEGDAWgBT4NzzHOTLpqx5I1qqWs5kdkVitQjAFBgMrZXADQQAb
YmUvZ9sbcLfqsOgnL3Q8qjypsEqZB52czt8E0sGIpiS22PIjCFyM1pvnEVChw/eD
n1bHf1qgrHMvJvH2woIG
-----END CERTIFICATE-----
`;

/** A certificate for the same key, issued by the authority in the middle. */
export const SIGNER_BELOW: string = `-----BEGIN CERTIFICATE-----
MIIBLDCB36ADAgECAgEHMAUGAytlcDAWMRQwEgYDVQQDDAtUZXN0IE1pZGRsZTAg
Fw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowFjEUMBIGA1UEAwwLVGVz
dCBTaWduZXIwKjAFBgMrZXADIQAwCzIQggBY1j86cwrgMBsecGsxMWopzmkV/4ZW
4o0tIaNQME4wDAYDVR0TAQH/BAIwADAdBgNVHQ4EFgQUZ3e9sqQzulaEO1ik5IDK
fS6MLVgwHwYDVR0jBBgwFoAUuI6ZO0su8C5u+DOcAnThFioaPkUwBQYDK2VwA0EA
jyACejssfYadhBWHRrU7kqtPZmveryp6oYNxbKzY2X9k3TvevajJu6HXxrhv4Wj+
z0woORHcPKmiY1O0GmaoCQ==
-----END CERTIFICATE-----
`;

/** A public key that is none of Ed25519: `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024`. */
export const RSA_KEY: string = `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDD0g2sK9JEtWONfBBrpecMFZyt
lvjiyI5+hWaJNpvDpgU/+v5cQ8scRE8vs7H3e8T744Z4nxAlz2h85MelomxbF5qW
ShJebkZQ3AUDnWxzSx2w+JNofUP76TeNNoHEhj9mRkRj9aLb95DPLg7ZR8XABuqs
bwz/SbTGI/K0Imt0EQIDAQAB
-----END PUBLIC KEY-----
`;
