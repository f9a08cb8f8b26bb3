// A worker that looks for the number which, written behind the salt, has the wanted SHA-256 (FIPS 180-4). It is done here and
// not by the browser's own function, whose every call is answered on its own and costs more than the hash.
"use strict";

const ROUNDS = fractions((prime) => Math.cbrt(prime), 64);
const START = fractions((prime) => Math.sqrt(prime), 8);
const words = new Int32Array(64);

onmessage = ({ data: { salt, target, most } }) => {
  const wanted = [...target.matchAll(/.{8}/g)].map((each) => parseInt(each[0], 16) | 0);
  const fixed = new TextEncoder().encode(salt);
  if (fixed.length > 48) return postMessage({ number: null });
  const block = new Uint8Array(64);
  block.set(fixed);
  const read = new DataView(block.buffer);
  for (let number = 0; number <= most; number++) {
    if (number % 4096 === 0) postMessage({ part: number / most });
    if (isWanted(read, write(block, fixed.length, number), wanted)) return postMessage({ number });
  }
  postMessage({ number: null });
};

// Writes the number in digits, and the end of a message of one block. Returns how many octets the message has.
function write(block, at, number) {
  const digits = String(number);
  block.fill(0, at);
  for (let each = 0; each < digits.length; each++) block[at + each] = digits.charCodeAt(each);
  const length = at + digits.length;
  block[length] = 0x80;
  return length;
}

function isWanted(read, length, wanted) {
  read.setUint32(60, length * 8);
  for (let each = 0; each < 16; each++) words[each] = read.getInt32(each * 4);
  for (let each = 16; each < 64; each++) {
    const early = words[each - 15], late = words[each - 2];
    const first = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const second = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[each] = (words[each - 16] + first + words[each - 7] + second) | 0;
  }
  let a = START[0], b = START[1], c = START[2], d = START[3], e = START[4], f = START[5], g = START[6], h = START[7];
  for (let each = 0; each < 64; each++) {
    const chosen = (e & f) ^ (~e & g), most = (a & b) ^ (a & c) ^ (b & c);
    const first = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + chosen + ROUNDS[each] + words[each]) | 0;
    const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + most) | 0;
    h = g; g = f; f = e; e = (d + first) | 0;
    d = c; c = b; b = a; a = (first + second) | 0;
  }
  if (((a + START[0]) | 0) !== wanted[0]) return false;
  const found = [a, b, c, d, e, f, g, h];
  return wanted.every((each, at) => ((found[at] + START[at]) | 0) === each);
}

function turned(word, by) {
  return (word >>> by) | (word << (32 - by));
}

// The first 32 bits of the fractional parts of these roots of the first primes.
function fractions(root, count) {
  const primes = [];
  for (let each = 2; primes.length < count; each++) if (primes.every((prime) => each % prime)) primes.push(each);
  return Int32Array.from(primes, (prime) => (root(prime) % 1) * 2 ** 32);
}
