/** Why an expression that can be read comes to nothing on these series: Prometheus' kind of error `execution`. */
export class ExecutionRefusal extends Error {
  override readonly name = 'ExecutionRefusal';
}
