package dev.tandem.task;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A store's records as {@link TaskMachine} sees them, inside one atomic step.
 *
 * <p>A store implements this over its own structures. What is put is seen by the calls after it. All lists are bounded
 * by {@code limit} and in the order given.
 */
public interface TaskTable {
    /** The namespace's gate; {@link Gate#FIRST} if it never was moved. */
    Gate gate(String namespace);

    void putGate(String namespace, Gate gate);

    /** Puts an entry into the outbox, in place of an older one of its name. */
    void putOutbox(String namespace, OutboxEntry entry);

    /** Takes an entry out of the outbox, if it is there with this version. Returns whether it was. */
    boolean removeOutbox(String namespace, OutboxEntry entry);

    void clearOutbox(String namespace);

    /**
     * Moves the namespace's time forward, never back.
     *
     * @return the later of {@code atMillis} and all earlier ones
     */
    long advanceTime(String namespace, long atMillis);

    /**
     * The namespace's next version: one more than the highest that was ever put on a task, a tombstone or a lease.
     * Asking takes nothing: only what is put moves it.
     */
    long nextVersion(String namespace);

    /**
     * The task with this id, null if there is none.
     *
     * @throws CodecException if the record can't be read
     */
    @Nullable
    Task task(String namespace, String id);

    /** Writes {@code after}, which replaces {@code before}, with all that is kept to find it by. */
    void put(@Nullable Task before, Task after);

    /** Removes {@code before} and leaves a tombstone with {@code version}. */
    void delete(Task before, long version, long atMillis);

    /**
     * As {@link #delete}, for the record on which {@link #task} has just failed: removes it with all that is kept to find
     * it by. A table whose records can't fail to be read need not have it.
     */
    default void discard(String namespace, String id, long version, long atMillis) {
        throw new UnsupportedOperationException("a record of this table can always be read");
    }

    /** The tombstone in the place of the task with this id; null if there is none. */
    @Nullable
    Tombstone tombstone(String namespace, String id);

    /** As {@link #put}, with a version that may be any. {@code before} is null where a tombstone stands, too. */
    void mirror(@Nullable Task before, Task after);

    /** Puts a tombstone, with a version that may be any, in place of {@code before} or an older tombstone. */
    void mirror(String namespace, @Nullable Task before, Tombstone after);

    /** As {@link #putLease}, with a version that may be any. */
    void mirror(LeaderLease lease);

    /** Moves the namespace's versions on to {@code version}. */
    void skipTo(String namespace, long version);

    /** As {@link #skipTo}, and forgets all changes up to it. */
    void restart(String namespace, long version);

    /** Claimable tasks of the queues that are due: by priority downwards, due time, id. */
    List<Task> claimable(String namespace, List<String> queues, long atMillis, int limit);

    /** Tasks whose lease has run out: by expiry, id. */
    List<Task> leasesExpired(String namespace, long atMillis, int limit);

    /** Finished tasks whose retention is over: by the end of it, id. */
    List<Task> retentionOver(String namespace, long atMillis, int limit);

    /** Finished tasks in one of the states, finished before a time: by that time, id. */
    List<Task> finishedBefore(String namespace, Set<TaskState> states, long beforeMillis, int limit);

    /**
     * The next time after {@code atMillis} at which an enqueued task of the queues becomes due or any worker's lease of
     * the namespace, whatever its queue, runs out; {@link Long#MAX_VALUE} if nothing does.
     */
    long nextDueMillis(String namespace, List<String> queues, long atMillis);

    @Nullable
    LeaderLease lease(String namespace, String scope);

    void putLease(LeaderLease lease);

    @Nullable
    RequestRecord request(String namespace, String requestId);

    void putRequest(String namespace, RequestRecord request);

    /**
     * Drops up to {@code limit} of each: request records past {@link RequestRecord#forgetAtMillis}, tombstones and
     * leaders' leases that ended longer ago than the store keeps tombstones.
     *
     * @return whether there are more
     */
    boolean forget(String namespace, long atMillis, int limit);
}
