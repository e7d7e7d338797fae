package dev.tandem.store.raft.state;

import dev.tandem.task.TaskCommand;
import java.util.List;
import java.util.UUID;

/**
 * Commands that are applied one after the other, as one entry of a group's log.
 *
 * <p>A proposer numbers its batches for a group from 1 on. The number is how a batch that comes again is recognised: it gets
 * the answer that it got first, and is not applied again.
 *
 * @param proposer who sends it: a random id, never used again after its process ends
 * @param number this batch's
 * @param lowest the lowest of the proposer's numbers that it still waits for; answers to lower ones are forgotten
 */
public record Batch(UUID proposer, long number, long lowest, List<TaskCommand> commands) {
    /** The most batches that a proposer may have under way in one group: {@code number} is below {@code lowest} plus this. */
    public static final int UNDER_WAY_MAX = 16;

    public Batch {
        if (lowest < 1 || number < lowest || number - lowest >= UNDER_WAY_MAX) {
            throw new IllegalArgumentException("batch " + number + ", with " + lowest + " still waited for, and "
                    + UNDER_WAY_MAX + " under way at most");
        }
    }
}
