/**
 * Addresses that a provider's answer may lead to and that no connector may call: the machine itself, the network around it, what a cloud
 * tells its machines, and whoever has a name like the provider's. Each in the spellings by which lists are got around.
 */

/** On a port that no stand-in has. */
const itself = [
  "127.0.0.1:1",
  "127.1:1",
  "127.0.0.53:1",
  "2130706433:1",
  "0x7f000001:1",
  "0x7f.1:1",
  "0177.0.0.1:1",
  "017700000001:1",
  "0.0.0.0:1",
  "0:1",
  "[::1]:1",
  "[::]:1",
  "[0:0:0:0:0:0:0:1]:1",
  "[::ffff:127.0.0.1]:1",
  "[::ffff:7f00:1]:1",
  "[64:ff9b::127.0.0.1]:1",
  "localhost:1",
  "localhost.:1",
  "LOCALHOST:1",
  "127。0。0。1:1",
  "①②⑦.⓪.⓪.①:1"
]

const clouds = [
  "169.254.169.254",
  "169.254.170.2",
  "2852039166",
  "0xa9fea9fe",
  "0xa9.0xfe.0xa9.0xfe",
  "0251.0376.0251.0376",
  "169.16689662",
  "[::ffff:169.254.169.254]",
  "[::ffff:a9fe:a9fe]",
  "[fd00:ec2::254]",
  "169。254。169。254",
  "metadata.google.internal",
  "metadata",
  "100.100.100.200",
  "168.63.129.16"
]

const around = [
  "10.0.0.1",
  "10.255.255.255",
  "167772161",
  "172.16.0.1",
  "172.31.255.254",
  "192.168.0.1",
  "192.168.1.1:8080",
  "0300.0250.0.1",
  "100.64.0.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "[fe80::1]",
  "[fc00::1]",
  "[fd12:3456:789a::1]",
  "[::ffff:10.0.0.1]",
  "postgres:5432",
  "redis:6379",
  "kubernetes.default.svc",
  "intranet"
]

const others = ["example.org", "example.org:8443", "xn--e1afmkfd.test", "127.0.0.1.nip.io", "localtest.me"]

/** Names and addresses in which the provider's own host stands, and is not the host. */
const disguised = (own: string): ReadonlyArray<string> => [
  `http://${own}@evil.test/`,
  `https://${own}:443@evil.test/`,
  `https://${own}%2f@evil.test/`,
  `https://evil.test/${own}`,
  `https://evil.test?${own}`,
  `https://evil.test#@${own}`,
  `https://evil.test\\@${own}/`,
  `https://${own.replace(/:\d+$/, "")}.evil.test/`,
  `https://evil-${own.replace(/:\d+$/, "")}/`,
  `ftp://${own}/`,
  `ws://${own}/`,
  `file://${own}/etc/passwd`,
  // Behind the provider's address, these make another host of it.
  "@evil.test/",
  ".evil.test/",
  ":1/",
  ":80@evil.test/"
]

/** More than two hundred, for a provider at this host. */
export const addresses = (own: string): ReadonlyArray<string> => [
  ...[...itself, ...clouds, ...around, ...others].flatMap((host) => [
    `http://${host}/`,
    `https://${host}/latest/meta-data?a=1`,
    `http://${own.replace(/:\d+$/, "")}@${host}/`,
    `https://user:secret@${host}/`
  ]),
  ...disguised(own)
]
