/**
 * A certificate for `receiver.test` that signs itself, good for a hundred years, and its key. They protect nothing:
 * openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=receiver.test
 *   -addext subjectAltName=DNS:receiver.test
 */
export const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdHo4atMGswfN5Zd+
Om8OS16MZfU/00QwyNxoJnMerN+hRANCAAQA5YR9u/1qEdnWSw9bj919pQdctPB1
1wAnkkJ32OlDmQNIs+8otEURLge7p0G6H9oBKQcfHn0dVbfmhYyE4rRq
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBojCCAUegAwIBAgIUGm5LUTKroF/ExaX0Kq+i9pneeMAwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNcmVjZWl2ZXIudGVzdDAgFw0yNjExMjIwMzA4MzdaGA8yMTI2
MTAyOTAzMDgzN1owGDEWMBQGA1UEAwwNcmVjZWl2ZXIudGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABADlhH27/WoR2dZLD1uP3X2lB1y08HXXACeSQnfY6UOZ
A0iz7yi0RREuB7unQbof2gEpBx8efR1Vt+aFjITitGqjbTBrMB0GA1UdDgQWBBQy
6qjQ/jNorlO+73COMP16OUfK5DAfBgNVHSMEGDAWgBQy6qjQ/jNorlO+73COMP16
OUfK5DAYBgNVHREEETAPgg1yZWNlaXZlci50ZXN0MA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDSQAwRgIhAIw8bhPLK2i+JvEr9fD+yEa7kts/H7285Sdqds00
h3NzAiEAke5rxKSu1r6SYI/0quv0ShLvmEFXTf3a5jDCPGgdSKQ=
-----END CERTIFICATE-----
`,
};
