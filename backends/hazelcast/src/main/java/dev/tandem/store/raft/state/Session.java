package dev.tandem.store.raft.state;

import dev.tandem.task.Outcome;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a group remembers of one proposer: the answers that it may still ask for. Immutable.
 *
 * @param lowest batches below this were answered, and are not applied any more
 * @param heardMillis the group's time when a batch of it was applied last
 * @param heardBatch how many batches the group had applied with that one
 * @param answers by the batches' numbers; none below {@code lowest}, and {@link Batch#UNDER_WAY_MAX} at most
 */
record Session(UUID proposer, long lowest, long heardMillis, long heardBatch, SortedMap<Long, List<Outcome>> answers) {
    static Session begin(UUID proposer) {
        return new Session(proposer, 1, 0, 0, new TreeMap<>());
    }

    @Nullable
    List<Outcome> answer(long number) {
        return answers.get(number);
    }

    Session with(Batch batch, List<Outcome> outcomes, long atMillis, long atBatch) {
        long low = Math.max(lowest, batch.lowest());
        SortedMap<Long, List<Outcome>> kept = new TreeMap<>(answers.tailMap(low));
        kept.put(batch.number(), outcomes);
        return new Session(proposer, low, atMillis, atBatch, kept);
    }
}
