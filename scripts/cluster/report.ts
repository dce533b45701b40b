/** Where a long job says, one line at a time, what it is doing. */
export type Report = (line: string) => void;
