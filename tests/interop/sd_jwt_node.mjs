// Does with @sd-jwt/core what the commands on standard input say; one JSON array in, one out.
// The folder that the package is installed in is the first argument.
import crypto from "node:crypto";
import { createRequire } from "node:module";

const { SDJwtInstance } = createRequire(process.argv[2] + "/")("@sd-jwt/core");

const es256 = (key) => ({ key, dsaEncoding: "ieee-p1363" });
const signer = (jwk) => {
  const key = crypto.createPrivateKey({ key: jwk, format: "jwk" });
  return (data) => crypto.sign("sha256", Buffer.from(data), es256(key)).toString("base64url");
};
const verifier = (jwk) => {
  const key = crypto.createPublicKey({ key: jwk, format: "jwk" });
  return (data, signature) =>
    crypto.verify("sha256", Buffer.from(data), es256(key), Buffer.from(signature, "base64url"));
};
const common = {
  signAlg: "ES256",
  kbSignAlg: "ES256",
  hasher: (data, alg) => crypto.createHash(alg.replace("-", "")).update(data).digest(),
  saltGenerator: (length) => crypto.randomBytes(length).toString("base64url"),
  kbVerifier: (data, signature, payload) => verifier(payload.cnf.jwk)(data, signature),
};

const commands = {
  async issue({ claims, frame, key, header, hash }) {
    const instance = new SDJwtInstance({ ...common, hashAlg: hash ?? "sha-256", signer: signer(key) });
    return instance.issue(claims, frame, { header });
  },
  async present({ text, frame, holder, kb }) {
    const instance = new SDJwtInstance({ ...common, kbSigner: holder && signer(holder) });
    return instance.present(text, frame, kb ? { kb: { payload: kb } } : undefined);
  },
  async verify({ text, key, nonce, now }) {
    const instance = new SDJwtInstance({ ...common, verifier: verifier(key) });
    const options = { currentDate: now, ...(nonce ? { keyBindingNonce: nonce } : {}) };
    const { payload, kb } = await instance.verify(text, options);
    return { payload, kb: kb?.payload };
  },
};

const input = JSON.parse(await new Response(process.stdin).text());
const output = [];
for (const { op, ...rest } of input) {
  try {
    output.push({ ok: await commands[op](rest) });
  } catch (error) {
    output.push({ error: String(error.message ?? error) });
  }
}
process.stdout.write(JSON.stringify(output));
