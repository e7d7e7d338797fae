package dev.tandem.task;

/**
 * A worker's right to a task until a time.
 *
 * @param token the fencing token: the task's version at the claim, so that a later claim's is always higher
 * @param expiresAtMillis from this instant on the lease no longer holds; milliseconds since 1970
 * @param durationMillis what a renewal that names no duration extends it by
 */
public record TaskLease(String workerId, long token, long expiresAtMillis, long durationMillis) {
    public boolean holdsAt(long atMillis) {
        return atMillis < expiresAtMillis;
    }
}
