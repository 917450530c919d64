/**
 * Why something failed, decided from what this browser saw, by the catalogue's own table (`catalog/causes.toml`). The server
 * decides what it can by the same table, with both halves of the evidence. What nobody observed decides nothing.
 */
import { CAUSES, FACTS, type Fact, type Rule } from "../generated/causes";
import type { Cause } from "../generated/problem";
import type { ExedraError } from "./error";

interface Observation {
  holds: boolean;
  /** Figures, for the evidence: `4 pairs`. */
  detail: string | undefined;
}

export class Facts {
  readonly #seen = new Map<Fact, Observation>();

  observe(fact: Fact, holds: boolean, detail?: string): this {
    this.#seen.set(fact, { holds, detail });
    return this;
  }

  get(fact: Fact): boolean | undefined {
    return this.#seen.get(fact)?.holds;
  }

  /** As the server takes it in a report. */
  toJSON(): Record<string, boolean | string> {
    const entries = [...this.#seen].flatMap(([fact, { holds, detail }]) => [[fact, holds], ...(detail ? [[`${fact}_detail`, detail]] : [])]);
    return Object.fromEntries(entries);
  }

  /** The most confident cause all of whose facts were observed. Of equally confident ones the first of the table wins. */
  decide(): Cause | undefined {
    const fitting = CAUSES.flatMap((row) => row.rules.filter((rule) => this.#fits(rule)).map((rule) => ({ row, rule })));
    const best = fitting.reduce<(typeof fitting)[number] | undefined>((best, next) => (best && best.rule.confidence >= next.rule.confidence ? best : next), undefined);
    if (!best) return undefined;
    const { row, rule } = best;
    return { id: row.id, stage: row.stage, confidence: rule.confidence, evidence: rule.when.map((condition) => this.#evidence(condition)), ruled_out: [...row.ruledOut] };
  }

  /** Gives the error its cause, where one can be decided. */
  explain(error: ExedraError): ExedraError {
    const cause = this.decide();
    if (cause) error.problem.cause = cause;
    return error;
  }

  #fits(rule: Rule): boolean {
    return rule.when.every((condition) => this.get(factOf(condition)) === !condition.startsWith("!"));
  }

  #evidence(condition: Rule["when"][number]): Cause["evidence"][number] {
    const fact = factOf(condition);
    const { holds, detail } = this.#seen.get(fact)!;
    const text = holds ? FACTS[fact].yes : FACTS[fact].no;
    return { who: "client", fact: detail ? `${text} (${detail})` : text };
  }
}

function factOf(condition: Rule["when"][number]): Fact {
  return condition.replace("!", "") as Fact;
}
