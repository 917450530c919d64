/** What the server has counted of this client's media, in the names of this language. */
import type * as wire from "../generated/wire";

type Camel<Name extends string> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Name;
type CamelCased<Value> = Value extends readonly (infer Item)[]
  ? CamelCased<Item>[]
  : Value extends object
    ? { [Name in keyof Value as Camel<Name & string>]: CamelCased<Value[Name]> }
    : Value;

/** Rates are in bits per second, loss is 0 to 1. */
export type ServerStats = CamelCased<wire.ConnectionStats>;

export function serverStatsFrom(stats: wire.ConnectionStats): ServerStats {
  return camelCased(stats) as ServerStats;
}

function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), camelCased(each)]));
}
