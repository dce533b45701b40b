/** `podtide/simulator`: plays scenario files, line by line, through the very engine that decides. */
export { type LineHead, type LineItem, playLine } from './core/simulator/scenario-line.ts';
