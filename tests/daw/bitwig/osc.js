// OSC 1.0 messages, as Bitwig's OSC module sends and reads them.
"use strict";

function padded(text) {
  const bytes = Buffer.from(text, "utf8");
  return Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);
}

// Java gets an Integer where a number of JavaScript is whole, else a Double.
function argument(value) {
  if (typeof value === "string") return ["s", padded(value)];
  if (typeof value === "boolean") return [value ? "T" : "F", Buffer.alloc(0)];
  const bytes = Buffer.alloc(Number.isInteger(value) ? 4 : 8);
  if (Number.isInteger(value)) bytes.writeInt32BE(value);
  else bytes.writeDoubleBE(value);
  return [Number.isInteger(value) ? "i" : "d", bytes];
}

function encode(address, values) {
  const parts = values.map(argument);
  return Buffer.concat([padded(address), padded("," + parts.map(([tag]) => tag).join("")), ...parts.map(([, bytes]) => bytes)]);
}

function decode(packet) {
  let at = 0;
  const text = () => {
    const end = packet.indexOf(0, at);
    const found = packet.toString("utf8", at, end);
    at = end + 4 - (end % 4);
    return found;
  };
  const address = text();
  const tags = text().slice(1);
  const values = [...tags].map((tag) => {
    if (tag === "s") return text();
    if (tag === "T" || tag === "F") return tag === "T";
    at += 4;
    return tag === "i" ? packet.readInt32BE(at - 4) : packet.readFloatBE(at - 4);
  });
  return { address, tags, values };
}

module.exports = { decode, encode };
