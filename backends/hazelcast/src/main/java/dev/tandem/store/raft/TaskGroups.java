package dev.tandem.store.raft;

import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.task.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Raft groups that tasks are spread over, numbered from 1 on, as this process reaches them: as a member of theirs, or over the
 * network. Safe for use by several threads.
 */
public interface TaskGroups {
    /** Is told of a call's end, once, on any thread. Must not block. */
    interface Answer<T> {
        void succeeded(T value);

        /** {@link dev.tandem.store.StoreException} if there was no answer; anything else is a defect. */
        void failed(Throwable failure);
    }

    /**
     * What a batch came to.
     *
     * @param outcomes one for each command; null if the group no longer knows the batch, and did not apply it now
     */
    record Applied(@Nullable List<Outcome> outcomes) {}

    /** How many there are, which never changes. */
    int count();

    /** Whether what was answered is on the disks of most of the voting members. */
    boolean isOnDisk();

    /**
     * Has a batch applied by a group. It is tried again for as long as nobody knows what became of it.
     *
     * @param timeoutMillis how long to try; then it has failed, as NOT_APPLIED or MAYBE_APPLIED
     */
    void apply(int group, Batch batch, long timeoutMillis, Answer<Applied> answer);

    /** Has a question answered by a group's leader, which makes sure that it is. */
    void read(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer);

    /** Has a question answered from what the nearest member has applied, which may be older than what the leader has. */
    void readHere(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer);

    /** Has {@code listener} told of changes of tasks and gates, soon, instead of the one before. */
    void onChange(ChangeListener listener);
}
