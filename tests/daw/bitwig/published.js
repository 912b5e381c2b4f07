// Objects that have what Bitwig's published API says of their interface, and nothing else: other names, argument counts, kinds
// of arguments, deprecated methods, and what is allowed in init only end the script, and the test with it.
"use strict";

const path = require("path");
const { interfaces } = require(path.join(__dirname, "..", "..", "data", "bitwig_api_17.json"));

const KIND = Symbol("interface");
const LASTING = /^(markInterested|connect\w+|register\w+|add\w*Observer|get\w+Setting)$/;

class Rules {
  constructor(violated) {
    this.violated = violated;
    this.version = 1;
    this.isInit = false;
    this.failsOnDeprecated = false;
  }

  forbid(text) {
    this.violated(text);
    throw new Error(text);
  }

  // Returns a published object; `model` has a function for each method that is meant to be called.
  object(kind, model) {
    const self = new Proxy({}, {
      get: (_target, name) => {
        if (name === KIND) return kind;
        if (name === "toString" && model.toString !== Object.prototype.toString) return () => model.toString();
        if (typeof name === "symbol" || name === "then") return undefined;
        return (...values) => this.call(kind, model, name, values);
      },
      set: (_target, name) => this.forbid(`${kind}.${String(name)} cannot be set`),
    });
    return self;
  }

  call(kind, model, name, values) {
    const overloads = overloadsOf(kind, name);
    if (!overloads) this.forbid(`${kind} has no ${name}`);
    const fits = ({ takes }) => counts(takes, values.length) && takes.every((type, index) => matches(type, values[index]));
    const fitting = overloads.filter(fits);
    if (!fitting.length) {
      const published = overloads.map(({ takes }) => `(${takes.join(", ")})`).join(" or ");
      this.forbid(`${kind}.${name}(${values.map(shown).join(", ")}) is not published; it takes ${published}`);
    }
    if (this.failsOnDeprecated && fitting.every((one) => one.deprecated)) this.forbid(`${kind}.${name} is deprecated`);
    if (fitting.every((one) => one.since > this.version)) this.forbid(`${kind}.${name} needs loadAPI(${fitting[0].since})`);
    const makesSomething = /^create/.test(name) && fitting.some((one) => one.gives !== "void");
    if (!this.isInit && (LASTING.test(name) || makesSomething)) this.forbid(`${kind}.${name} is allowed in init only`);
    if (!model[name]) this.forbid(`${kind}.${name} is not modelled: is it meant to be called?`);
    return model[name](...values);
  }
}

function overloadsOf(kind, name) {
  const own = interfaces[kind];
  if (!own) return undefined;
  const inherited = own.extends.flatMap((base) => overloadsOf(base, name) || []);
  const all = [...(Object.hasOwn(own.methods, name) ? own.methods[name] : []), ...inherited];
  return all.length ? all : undefined;
}

function counts(takes, count) {
  const isOpen = takes.length > 0 && takes[takes.length - 1].startsWith("...");
  return isOpen ? count >= takes.length - 1 : count === takes.length;
}

function matches(type, value) {
  if (type.startsWith("...")) return true;
  if (type === "number") return Number.isFinite(value);
  if (type === "string" || type === "boolean") return typeof value === type;
  if (type === "string[]") return Array.isArray(value) && value.every((one) => typeof one === "string");
  if (/Callback$|=>|^ObserverType$/.test(type)) return typeof value === "function";
  if (interfaces[type]) return value === null || (value && isA(value[KIND], type));
  return false;
}

function isA(kind, type) {
  return kind === type || (interfaces[kind] || { extends: [] }).extends.some((base) => isA(base, type));
}

function shown(value) {
  return typeof value === "function" ? "function" : value && value[KIND] ? value[KIND] : JSON.stringify(value);
}

module.exports = { Rules };
