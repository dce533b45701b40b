import fc from 'fast-check';

/**
 * Property tests try the same inputs in every run, so that a run says something about the change and not about luck.
 * `PODTIDE_PROPERTY_SEED=random npm test` looks further; a seed that fails becomes a row of a table.
 */
const seed = process.env['PODTIDE_PROPERTY_SEED'] ?? '20260101';
if (seed !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
