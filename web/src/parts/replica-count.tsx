/** `4 → 7` while the two differ, else one number. */
export function ReplicaCount({
  currentReplicas,
  desiredReplicas,
  unknown,
}: {
  currentReplicas: number | null;
  desiredReplicas: number | null;
  unknown: string;
}) {
  const isMoving = currentReplicas !== null && desiredReplicas !== null && desiredReplicas !== currentReplicas;
  return (
    <span class="replica-count">
      {currentReplicas ?? unknown}
      {isMoving ? (
        <>
          <span class="arrow"> → </span>
          {desiredReplicas}
        </>
      ) : null}
    </span>
  );
}
