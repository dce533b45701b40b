/** `podtide`: the engine, and its decisions in words. */
export { explainBriefly, explainDecision, explainHeadline } from './core/explain/explain-decision.ts';
export type { ExplainableDecision, ExplainOptions, Explanation } from './core/explain/explanation.ts';
export { LANGUAGES, type Language, languageOf } from './core/explain/language.ts';
export * from './engine.ts';
