package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.CallOptions;
import dev.tandem.store.Capabilities;
import dev.tandem.store.ChangePage;
import dev.tandem.store.Subscription;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskLease;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The model check is worth something only if it finds stores that are wrong, and says so in few steps. */
class ModelCheckTest {
    private static final long KEEP = Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT;
    private static final int SEEDS_MAX = 300;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void closeVertx() {
        StoreCalls.await(vertx.close());
    }

    private ModelCheck.Difference findIn(TaskStore store) {
        ModelCheck check = new ModelCheck(vertx, store, KEEP);
        for (long seed = 1; seed <= SEEDS_MAX; seed++) {
            Optional<ModelCheck.Difference> difference = check.check(seed, ModelBasedTest.SEQUENCE_LENGTH);
            if (difference.isPresent()) {
                return difference.get();
            }
        }
        throw new AssertionError("not found in " + SEEDS_MAX + " sequences");
    }

    private ModelCheck.Difference findIn(ReferenceTable broken) {
        return findIn(new ReferenceTaskStore(vertx, broken));
    }

    @Test
    void storeThatForgetsToCheckTokens_isFoundInFewSteps() {
        ModelCheck.Difference difference = findIn(new TokenBlindStore(new ReferenceTaskStore(vertx)));

        assertThat(difference.steps()).as("%s", difference).hasSizeLessThanOrEqualTo(3);
        assertThat(difference.toString()).contains("-Dtandem.seed=" + difference.seed());
        assertThat(new ModelCheck(vertx, new TokenBlindStore(new ReferenceTaskStore(vertx)), KEEP)
                        .check(difference.seed(), ModelBasedTest.SEQUENCE_LENGTH))
                .as("the same seed again")
                .isPresent();
    }

    @Test
    void storeThatClaimsInTheOrderOfIds_isFoundInFewSteps() {
        ModelCheck.Difference difference = findIn(new ReferenceTable(KEEP) {
            @Override
            public List<Task> claimable(String namespace, List<String> queues, long atMillis, int limit) {
                return super.claimable(namespace, queues, atMillis, Integer.MAX_VALUE).stream()
                        .sorted(Comparator.comparing(Task::id))
                        .limit(limit)
                        .toList();
            }
        });

        assertThat(difference.steps()).as("%s", difference).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void storeThatLetsLeasesRunOneMillisecondLonger_isFoundInFewSteps() {
        ModelCheck.Difference difference = findIn(new ReferenceTable(KEEP) {
            @Override
            public List<Task> leasesExpired(String namespace, long atMillis, int limit) {
                return super.leasesExpired(namespace, atMillis - 1, limit);
            }
        });

        assertThat(difference.steps()).as("%s", difference).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void storeThatForgetsRequestIds_isFoundInFewSteps() {
        ModelCheck.Difference difference = findIn(new ReferenceTable(KEEP) {
            @Override
            public void putRequest(String namespace, RequestRecord request) {}
        });

        assertThat(difference.steps()).as("%s", difference).hasSizeLessThanOrEqualTo(3);
    }

    @Test
    void storeWhoseTimeGoesBack_isFoundInFewSteps() {
        ModelCheck.Difference difference = findIn(new ReferenceTable(KEEP) {
            @Override
            public long advanceTime(String namespace, long atMillis) {
                super.advanceTime(namespace, atMillis);
                return atMillis;
            }
        });

        assertThat(difference.steps()).as("%s", difference).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void storeThatLosesDeletionsFromItsChanges_isFoundInFewSteps() {
        ModelCheck.Difference difference = findIn(new ReferenceTable(KEEP) {
            @Override
            ChangePage changes(TaskQuery.Changes query) {
                ChangePage page = super.changes(query);
                return new ChangePage(
                        page.changes().stream()
                                .filter(change -> change.task() != null)
                                .toList(),
                        page.next(),
                        page.more(),
                        page.isExpired());
            }
        });

        assertThat(difference.steps()).as("%s", difference).hasSizeLessThanOrEqualTo(4);
    }

    /** Puts the right token into every completion that brings a wrong one. */
    private record TokenBlindStore(TaskStore store) implements TaskStore {
        @Override
        public Future<Outcome> execute(TaskCommand command, CallOptions options) {
            if (!(command.verb() instanceof Verb.Complete complete)) {
                return store.execute(command, options);
            }
            return store.query(new TaskQuery.Get(command.namespace(), complete.taskId()), options)
                    .compose(found -> {
                        TaskLease lease = found.map(Task::lease).orElse(null);
                        long token = lease == null ? complete.token() : lease.token();
                        Verb verb = new Verb.Complete(complete.taskId(), token, complete.result());
                        return store.execute(command.withVerb(verb), options);
                    });
        }

        @Override
        public <R> Future<R> query(TaskQuery<R> query, CallOptions options) {
            return store.query(query, options);
        }

        @Override
        public Subscription subscribe(String namespace, Runnable listener) {
            return store.subscribe(namespace, listener);
        }

        @Override
        public Capabilities capabilities() {
            return store.capabilities();
        }

        @Override
        public Future<Void> close() {
            return store.close();
        }
    }
}
