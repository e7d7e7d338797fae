package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.fail;

import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import io.vertx.core.Vertx;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Random commands on a store and on the reference, which must come to the same: a store's tests extend this class.
 *
 * <p>{@code -Dtandem.seed=N} runs the one sequence of that seed, {@code -Dtandem.sequences=N} so many of them from a seed
 * that is new each time. What fails is made small and printed with its seed.
 */
public abstract class ModelBasedTest {
    /** How many steps a sequence has. */
    static final int SEQUENCE_LENGTH = 80;

    private static final int SEQUENCES_DEFAULT = 100;

    /** Opens a new, empty store, as {@link TaskStoreContract#open} does. */
    protected abstract TaskStore open(Vertx vertx) throws Exception;

    /** How long the opened store keeps tombstones, in milliseconds. */
    protected long tombstoneKeepMillis() {
        return Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT;
    }

    /** How many sequences are run when nobody says otherwise: two or three seconds' worth. */
    protected int sequencesDefault() {
        return SEQUENCES_DEFAULT;
    }

    @Test
    void randomCommands_onTheStoreAndOnTheReference_comeToTheSame() throws Exception {
        Vertx vertx = Vertx.vertx();
        TaskStore store = open(vertx);
        try {
            ModelCheck check = new ModelCheck(vertx, store, tombstoneKeepMillis());
            Long only = Long.getLong("tandem.seed");
            long first = only != null ? only : System.nanoTime();
            int sequences = only != null ? 1 : Integer.getInteger("tandem.sequences", sequencesDefault());
            for (int i = 0; i < sequences; i++) {
                Optional<ModelCheck.Difference> difference = check.check(first + i, SEQUENCE_LENGTH);
                if (difference.isPresent()) {
                    fail(difference.get().toString());
                }
            }
        } finally {
            StoreCalls.await(store.close());
            StoreCalls.await(vertx.close());
        }
    }
}
