package dev.tandem.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One violation in the middle of a long history that is right but for it, with lost answers all around. */
class PlantedViolationTest {
    private static final int CALLS_BEFORE = 2000;
    private static final int CALLS_AFTER = 1000;

    /** As in a run with a kill every hundred calls. */
    private static final int LOST_PERCENT = 2;

    private static final int CLIENT = 99;
    private static final String ID = "t0";

    /** An id that nothing else is done to but claims: a lost cancel and a lost retry would explain a second claim. */
    private static final String ID_ONLY_CLAIMED = "t9";

    private static final int SEEDS = 2;

    /** A table that forgets what it is told to forget, and says nothing. */
    private static final class ForgetfulTable extends ReferenceTable {
        int writesToForget;
        int requestsToForget;
        long versionsToSkip;

        ForgetfulTable() {
            super(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        }

        @Override
        public long nextVersion(String namespace) {
            return super.nextVersion(namespace) + versionsToSkip;
        }

        @Override
        public void put(@Nullable Task before, Task after) {
            if (writesToForget > 0) {
                writesToForget--;
            } else {
                super.put(before, after);
            }
        }

        @Override
        public void delete(Task before, long version, long atMillis) {
            if (writesToForget > 0) {
                writesToForget--;
            } else {
                super.delete(before, version, atMillis);
            }
        }

        @Override
        public void putRequest(String namespace, RequestRecord request) {
            if (requestsToForget > 0) {
                requestsToForget--;
            } else {
                super.putRequest(namespace, request);
            }
        }
    }

    private static final class Run {
        final ForgetfulTable table = new ForgetfulTable();
        final SimulatedHistory history;

        final String id;

        Run(long seed, String id) {
            this.id = id;
            history = new SimulatedHistory(seed, table).losing(LOST_PERCENT);
        }

        Outcome did(Verb verb) {
            return did(TaskCommand.of("default", 0, verb));
        }

        Outcome did(TaskCommand command) {
            long ticket = history.recorder.begin(CLIENT, new Operation.Command(command));
            Outcome outcome = history.execute(command);
            history.recorder.end(ticket, new Operation.Came(outcome));
            return outcome;
        }

        void readAs(@Nullable Task task) {
            long ticket = history.recorder.begin(CLIENT, new Operation.ReadTask("default", id));
            history.recorder.end(ticket, new Operation.FoundTask(task));
        }

        void read() {
            readAs(history.read(id));
        }

        /** Makes it anew, so that the next claim takes it. */
        void create() {
            // So that no claim has leases to take back first.
            history.execute(TaskCommand.of("default", 0, new Verb.Sweep(100)));
            did(Tasks.delete(id));
            assertThat(did(Tasks.create(id, Tasks.spec().withPriority(100)))).isInstanceOf(Outcome.Applied.class);
        }

        Task update(int priority) {
            return ((Outcome.Applied) did(Tasks.update(id).priority(priority).verb())).task();
        }
    }

    private enum Violation {
        STALE_READ {
            @Override
            void plant(Run run) {
                Task before = run.update(50);
                run.update(51);
                run.readAs(before);
            }
        },
        LOST_UPDATE {
            @Override
            void plant(Run run) {
                long version = run.update(50).version();
                run.table.writesToForget = 1;
                run.did(Tasks.update(run.id).expecting(version).priority(51).verb());
                assertThat(run.did(Tasks.update(run.id)
                                .expecting(version)
                                .priority(52)
                                .verb()))
                        .isInstanceOf(Outcome.Applied.class);
            }
        },
        DOUBLE_CLAIM {
            @Override
            void plant(Run run) {
                run.table.writesToForget = 1;
                Outcome one = run.did(Tasks.claim("one", 1));
                // The second token is not the first one again: what is wrong is only that both hold the task.
                run.table.versionsToSkip = 1;
                Outcome two = run.did(Tasks.claim("two", 1));
                assertThat(List.of(one, two))
                        .allSatisfy(claim -> assertThat(((Outcome.Claimed) claim).tasks())
                                .extracting(Task::id)
                                .containsExactly(run.id));
            }
        },
        RESURRECTED_DELETE {
            @Override
            void plant(Run run) {
                run.table.writesToForget = 1;
                assertThat(run.did(Tasks.delete(run.id))).isInstanceOf(Outcome.Deleted.class);
                run.read();
            }
        },
        LOST_ACKNOWLEDGED_WRITES {
            @Override
            void plant(Run run) {
                run.table.writesToForget = 1;
                run.update(50);
                run.read();
            }
        },
        REQUEST_APPLIED_TWICE {
            @Override
            void plant(Run run) {
                TaskCommand request = Tasks.request(
                        "default", 0, "twice", Tasks.update(run.id).priority(50).verb());
                long ticket = run.history.recorder.begin(CLIENT, new Operation.Command(request));
                run.table.requestsToForget = 1;
                run.history.execute(request);
                run.history.recorder.end(ticket, new Operation.Unknown());
                run.read();
                run.update(51);
                assertThat(run.did(request)).isInstanceOf(Outcome.Applied.class);
            }
        };

        /** Does it, to a task that waits in its queue. */
        abstract void plant(Run run);
    }

    @ParameterizedTest
    @EnumSource
    void check_longHistoryWithOneViolation_findsIt(Violation violation) {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Run run = new Run(seed, violation == Violation.DOUBLE_CLAIM ? ID_ONLY_CLAIMED : ID);
            run.history.run(CALLS_BEFORE);
            run.create();
            violation.plant(run);
            List<Operation> history = run.history.run(CALLS_AFTER);

            Optional<String> wrong = LinearizabilityChecker.check(history);

            assertThat(wrong.orElse("nothing"))
                    .as("seed %s", seed)
                    .contains("not linearizable: task default/" + run.id);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void check_longHistoryWithoutOne_isLinearizable(long seed) {
        Run run = new Run(seed, ID);
        run.history.run(CALLS_BEFORE);
        run.create();
        run.update(50);
        run.did(Tasks.claim("one", 1));
        run.read();
        List<Operation> history = run.history.run(CALLS_AFTER);

        assertThat(LinearizabilityChecker.check(history)).isEmpty();
        assertThat(history)
                .filteredOn(done -> done.answer() instanceof Operation.Unknown)
                .hasSizeGreaterThan(20);
    }
}
