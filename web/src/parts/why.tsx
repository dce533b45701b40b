import { explainDecision } from '../../../src/core/explain/explain-decision.ts';
import type { DerivationStep, ExplainedFinding } from '../../../src/core/explain/explanation.ts';
import type { Reader } from '../reader.ts';
import type { Store } from '../store.ts';

/** The proof of the decision that is looked at, and what to know about it. */
export function Why({ store, reader }: { store: Store; reader: Reader }) {
  const { words, time, language } = reader;
  const isPicked = store.isPicking.value;
  const entry = isPicked ? store.picked.value : store.newest.value;
  return (
    <section id="why" class="why" tabIndex={-1} aria-labelledby="why-title">
      <div class="why-bar">
        <h2 id="why-title">{words.why}</h2>
        {entry === null ? null : (
          <span class="why-when">
            <time dateTime={new Date(entry.decision.atMs).toISOString()} title={time.full(entry.decision.atMs)}>
              {time.clock(entry.decision.atMs)}
            </time>
            {isPicked ? null : ` · ${words.newest}`}
          </span>
        )}
        {isPicked ? (
          <button type="button" class="button small" onClick={() => store.pick(null)}>
            {words.backToNewest}
          </button>
        ) : null}
      </div>
      {store.isPickedGone.value ? <p class="gone">{words.gone}</p> : null}
      {entry === null ? null : (
        <Proof explanation={explainDecision(entry.decision, language, { formatTime: time.clock })} reader={reader} />
      )}
    </section>
  );
}

function Proof({ explanation, reader }: { explanation: ReturnType<typeof explainDecision>; reader: Reader }) {
  const { verdict, reason, steps, findings } = explanation;
  return (
    <>
      <p class="verdict">
        <b>{verdict}</b> {reason}
      </p>
      <ol class="steps">
        {steps.map((step, place) => (
          <Step key={`${place} ${step.topic}`} step={step} />
        ))}
      </ol>
      {findings.length === 0 ? null : (
        <>
          <h3>{reader.words.findings}</h3>
          <ul class="findings">
            {findings.map((finding, place) => (
              <Finding key={`${place} ${finding.code}`} finding={finding} reader={reader} />
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function Step({ step }: { step: DerivationStep }) {
  return (
    <li class={`step ${step.tone}`}>
      <h3>{step.title}</h3>
      <p>{step.text}</p>
      {step.details.length === 0 ? null : (
        <ul>
          {step.details.map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

function Finding({ finding, reader }: { finding: ExplainedFinding; reader: Reader }) {
  return (
    <li class={`finding ${finding.severity}`}>
      <p>
        <strong>{reader.words.severities[finding.severity]}</strong> {finding.text}
      </p>
      <p class="action">{finding.action}</p>
    </li>
  );
}
