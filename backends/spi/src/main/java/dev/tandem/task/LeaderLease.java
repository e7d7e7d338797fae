package dev.tandem.task;

/**
 * One holder's right to a scope, such as being the leader of it, until a time.
 *
 * @param holder empty when it was released
 * @param token the fencing token: a new holder's is always higher than every earlier one's in the namespace
 * @param version the record's version; rises with every renewal, while the token stays
 * @param expiresAtMillis from this instant on the lease no longer holds; milliseconds since 1970
 */
public record LeaderLease(
        String namespace,
        String scope,
        String holder,
        long token,
        long version,
        long acquiredAtMillis,
        long expiresAtMillis,
        long durationMillis)
        implements StoredRecord {
    @Override
    public ScanPosition position() {
        return new ScanPosition(RecordKind.LEASE, 0, 0, scope);
    }

    public boolean holdsAt(long atMillis) {
        return atMillis < expiresAtMillis && !holder.isEmpty();
    }
}
