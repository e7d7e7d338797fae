package dev.tandem.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskLease;
import dev.tandem.task.Verb;
import dev.tandem.testkit.HistoryChecks;
import dev.tandem.testkit.Operation;
import dev.tandem.testkit.Operation.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Shows that the checks of these tests fail: each test plants one defect, and the run of {@link KillTest} must find it. */
class PlantedDefectTest {
    private static final int CALLS_AFTER = 400;
    private static final int CLIENTS = 12;
    private static final Duration CALL_MAX = Duration.ofSeconds(5);
    private static final Duration PROGRESS_MAX = Duration.ofSeconds(60);

    @RegisterExtension
    final Lab lab = new Lab();

    /** A commit that is in the log only is gone, though it was acknowledged. */
    @Test
    void kill_logLostWithTheProcess_isFound() {
        assertThat(found(1, new Defect() {
                    @Override
                    public void betweenLives(SidecarProcess sidecar, int kill) throws IOException {
                        assertThat(Files.deleteIfExists(beside(sidecar.file(), "-wal")))
                                .isTrue();
                        Files.deleteIfExists(beside(sidecar.file(), "-shm"));
                    }
                }))
                .contains(HistoryChecks.LINEARIZABLE);
    }

    @Test
    @Tag("long")
    void kill_olderCopyOfTheFilePutBack_isFound() {
        assertThat(found(2, new Defect() {
                    @Override
                    public void betweenLives(SidecarProcess sidecar, int kill) throws IOException {
                        for (String part : List.of("", "-wal")) {
                            Path copy = lab.folder().resolve("copy" + part);
                            Files.copy(
                                    kill == 1 ? beside(sidecar.file(), part) : copy,
                                    kill == 1 ? copy : beside(sidecar.file(), part),
                                    StandardCopyOption.REPLACE_EXISTING);
                        }
                        Files.deleteIfExists(beside(sidecar.file(), "-shm"));
                    }
                }))
                .contains(HistoryChecks.LINEARIZABLE);
    }

    /** What was lost on the way to its client, and is sent again, is done again. */
    @Test
    @Tag("long")
    void kill_requestIdsForgotten_isFound() {
        assertThat(found(12, new Defect() {
                    @Override
                    public void betweenLives(SidecarProcess sidecar, int kill) {
                        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + sidecar.file());
                                Statement statement = connection.createStatement()) {
                            statement.executeUpdate("DELETE FROM request");
                        } catch (SQLException e) {
                            throw new AssertionError(e);
                        }
                    }
                }))
                .contains(HistoryChecks.LINEARIZABLE);
    }

    /** Now and then a read shows the record that an earlier answer showed. */
    @Test
    void read_fromAnOldCopy_isFound() {
        assertThat(found(0, new Defect() {
                    private final Map<String, Task> earlier = new HashMap<>();
                    private int reads;

                    @Override
                    public synchronized Answer told(Operation.Call call, Answer answer) {
                        if (!(answer instanceof Operation.FoundTask found) || found.task() == null) {
                            return answer;
                        }
                        Task old = earlier.put(
                                found.task().namespace() + "/" + found.task().id(), found.task());
                        boolean isOld =
                                old != null && old.version() < found.task().version();
                        return isOld && ++reads % 3 == 0 ? new Operation.FoundTask(old) : answer;
                    }
                }))
                .containsExactly(HistoryChecks.LINEARIZABLE);
    }

    /** A claim that finds nothing gets what another worker was given before, under a token of its own. */
    @Test
    void claim_ofATaskThatAnotherHolds_isFound() {
        assertThat(found(0, new Defect() {
                    private final Map<String, Task> held = new HashMap<>();

                    @Override
                    public synchronized Answer told(Operation.Call call, Answer answer) {
                        if (!(call instanceof Operation.Command command)
                                || !(command.command().verb() instanceof Verb.Claim claim)
                                || !(answer instanceof Operation.Came came)
                                || !(came.outcome() instanceof Outcome.Claimed claimed)) {
                            return answer;
                        }
                        if (claimed.tasks().isEmpty()) {
                            Task task = held.remove(call.namespace());
                            return task == null ? answer : new Operation.Came(alsoFor(claim, task));
                        }
                        held.put(call.namespace(), claimed.tasks().get(0));
                        return answer;
                    }
                }))
                .contains(HistoryChecks.LINEARIZABLE);
    }

    private static Outcome alsoFor(Verb.Claim claim, Task task) {
        long version = task.version() + 1;
        TaskLease lease = new TaskLease(
                claim.workerId(), version, task.updatedAtMillis() + claim.leaseMillis(), claim.leaseMillis());
        Task stolen = new Task(
                task.namespace(),
                task.id(),
                version,
                task.spec(),
                task.state(),
                task.attempts(),
                task.createdAtMillis(),
                task.updatedAtMillis(),
                task.dueAtMillis(),
                task.startedAtMillis(),
                0,
                lease,
                task.progress(),
                task.result(),
                task.error(),
                task.parts());
        return new Outcome.Claimed(List.of(stolen), 0);
    }

    /** Half of the clients work on one copy, half on the other. */
    @Test
    @Tag("long")
    void calls_spreadOverTwoSidecarsWithAFileEach_isFound() {
        SidecarProcess one = lab.sidecar();
        SidecarProcess other = lab.add(new SidecarProcess(lab.folder().resolve("other.db")));
        one.start();
        other.start();
        Workload work = lab.closing(new Workload(
                lab.vertx(), List.of(one.address(), other.address()), lab.seed(), CLIENTS, CALL_MAX, Defect.NONE));
        work.start();
        work.progress().awaitMore(Progress.ACKNOWLEDGED, 400, PROGRESS_MAX);
        work.finish();
        assertThat(found(work)).contains(HistoryChecks.VERSIONS, HistoryChecks.LEADERS, HistoryChecks.LINEARIZABLE);
    }

    /** The names of the checks that fail after a run with this defect. */
    private Iterable<String> found(int kills, Defect defect) {
        KillRun run = new KillRun(lab, defect);
        run.run(kills, CALLS_AFTER);
        return found(run.work());
    }

    private static Iterable<String> found(Workload work) {
        Map<String, AssertionError> violations = HistoryChecks.violationsButOfLeases(work.wholeHistory());
        violations.forEach((name, wrong) -> System.out.println("found by " + name + ": "
                + wrong.getMessage().lines().limit(1).findFirst().orElse("")));
        assertThat(violations.getOrDefault(HistoryChecks.LINEARIZABLE, new AssertionError("")))
                .message()
                .doesNotContain("undecided");
        return violations.keySet();
    }

    private static Path beside(Path file, String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }
}
