package dev.tandem.app.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.testkit.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole sidecars that are Raft members themselves, in this process. */
class RaftSidecarTest {
    @TempDir
    private static Path shared;

    private static final Vertx vertx = Vertx.vertx();
    private static RaftSidecars trio;

    @TempDir
    private Path folder;

    /** Of this test's own in the groups that tests share. */
    private final String namespace = "ns-" + UUID.randomUUID();

    private final String tasks = "/v1/namespaces/" + namespace + "/tasks";
    private final SidecarCalls calls = new SidecarCalls(vertx, namespace);

    @BeforeAll
    static void open() throws Exception {
        trio = new RaftSidecars(vertx, shared).startAll();
    }

    @AfterAll
    static void close() throws Exception {
        trio.close();
        SidecarCalls.await(vertx.close());
    }

    @Test
    void session_overRaft_isAnsweredAsOverSqlite() throws Exception {
        Sidecar overSqlite = SidecarCalls.await(Sidecar.start(
                vertx,
                SidecarConfig.of(ConfigLoader.load(
                        null,
                        Map.of(
                                "TANDEM_LISTEN", "127.0.0.1:0",
                                "TANDEM_ADMIN", "off",
                                "TANDEM_DRAIN_GRACE", "0s",
                                "TANDEM_STORE", "sqlite:" + folder.resolve("t.db")),
                        Map.of())),
                InstantSource.system()));

        List<String> answers = calls.session(trio.get(0));

        assertThat(withoutVersions(answers)).isEqualTo(withoutVersions(calls.session(overSqlite)));
        assertThat(answers).hasSize(13);
        assertThat(answers.get(2)).startsWith("200 ").contains("SUCCEEDED");
        assertThat(new JsonObject(calls.admin(trio.get(0), "/version").body()).getString("store"))
                .isEqualTo("raft");
        SidecarCalls.await(overSqlite.drain());
    }

    /** Each group counts versions of its own. */
    private static List<String> withoutVersions(List<String> answers) {
        return answers.stream()
                .map(answer -> answer.replaceAll("(etag\"?|token\"?): ?\"?\\d+\"?", "$1: N"))
                .toList();
    }

    @Test
    void threeSidecars_oneStore_wakeEachOthersCallers() throws Exception {
        CompletableFuture<HttpResponse<String>> claim = calls.http()
                .sendAsync(
                        calls.request(trio.get(1), tasks + ":claim")
                                .POST(BodyPublishers.ofString(
                                        "{\"queues\": [\"q\"], \"worker_id\": \"w\", \"wait\": \"60s\"}"))
                                .build(),
                        BodyHandlers.ofString());
        SidecarCalls.awaitThat(
                "it waits",
                () -> calls.admin(trio.get(1), "/metrics").body().contains("tandem_api_waiting_claims 1.0"));

        assertThat(calls.post(trio.get(2), tasks, "{\"task_id\": \"t\", \"task\": {\"queue\": \"q\"}}")
                        .statusCode())
                .isEqualTo(200);

        assertThat(claim.get(SidecarCalls.SECONDS_MAX, TimeUnit.SECONDS).body()).contains("\"t\"");
        assertThat(calls.get(trio.get(0), tasks + "/t").body()).contains("PROCESSING");
    }

    @Test
    void metrics_overRaft_tellHowTheGroupsStand() throws Exception {
        calls.post(trio.get(0), tasks, "{\"task_id\": \"t\"}");
        // Calls need the other groups alone: who leads this one, a member may hear of a moment later.
        SidecarCalls.awaitThat(
                "the groups' own group is led",
                () -> calls.admin(trio.get(0), "/metrics").body().contains("tandem_raft_led{group=\"0\"} 1.0"));

        String metrics = calls.admin(trio.get(0), "/metrics").body();

        assertThat(metrics)
                .contains("tandem_raft_members 3.0")
                .contains("tandem_raft_voters 3.0")
                .contains("tandem_raft_voters_away 0.0")
                .contains("tandem_raft_led{group=\"0\"} 1.0")
                .contains("tandem_raft_active_batches{store=\"raft\"} ")
                .contains("tandem_raft_queued_commands{store=\"raft\"} ")
                .contains("tandem_raft_queued_bytes{store=\"raft\"} ")
                .contains("tandem_store_command_seconds_count{outcome=\"applied\",store=\"raft\",verb=\"create\"}")
                .containsPattern("tandem_raft_log_flush_seconds_count [1-9]")
                .containsPattern("tandem_raft_log_flush_seconds_sum [0-9.E-]*[1-9]")
                .doesNotContain(namespace);
        for (int group = 1; group <= 3; group++) {
            String label = "\\{group=\"" + group + "\"} ";
            assertThat(metrics)
                    .containsPattern("tandem_raft_leading" + label + "[01]\\.0")
                    .containsPattern("tandem_raft_led" + label + "1\\.0")
                    .containsPattern("tandem_raft_term" + label + "[1-9]")
                    .containsPattern("tandem_raft_commit_index" + label + "[1-9]")
                    .containsPattern("tandem_raft_applied_index" + label + "[1-9]")
                    .containsPattern("tandem_raft_log_bytes" + label + "[1-9]")
                    .containsPattern("tandem_raft_log_segments" + label + "1\\.0")
                    .containsPattern("tandem_raft_snapshot_bytes" + label + "0\\.0");
        }
        long leaders = 0;
        for (int number = 0; number < 3; number++) {
            leaders += calls.admin(trio.get(number), "/metrics")
                    .body()
                    .lines()
                    .filter(line -> line.matches("tandem_raft_leading\\{group=\"[123]\"} 1\\.0"))
                    .count();
        }
        assertThat(leaders).as("one for each group").isEqualTo(3);
    }

    @Test
    void start_withoutTheOthers_saysWhoIsMissingAndGoesOnWhenTheyCome() throws Exception {
        try (RaftSidecars late = new RaftSidecars(vertx, folder)) {
            int admin = FreePorts.next();
            Future<Sidecar> first = late.start(0, Map.of("TANDEM_ADMIN", "127.0.0.1:" + admin));

            SidecarCalls.awaitThat("it says who is missing", () -> {
                HttpResponse<String> ready = calls.tryGet("127.0.0.1:" + admin, "/readyz");
                return ready != null
                        && ready.statusCode() == 503
                        && ready.body()
                                .contains("starting: " + late.listen(1) + ", " + late.listen(2) + " are not there");
            });
            assertThat(first.isComplete()).isFalse();

            SidecarCalls.await(Future.all(first, late.start(1, Map.of()), late.start(2, Map.of())));

            assertThat(calls.post(late.get(1), tasks, "{\"task_id\": \"t\"}").statusCode())
                    .isEqualTo(200);
            assertThat(calls.admin(late.get(0), "/readyz").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void start_othersStayAway_givesUpAndSaysWhoIsMissing() throws Exception {
        try (RaftSidecars alone = new RaftSidecars(vertx, folder)) {
            Throwable failure = failure(alone.start(0, Map.of("TANDEM_RAFT_START_TIMEOUT", "1s")));

            assertThat(failure)
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining(alone.listen(1) + ", " + alone.listen(2) + " are not there")
                    .hasMessageEndingWith("Given up after raft.start_timeout");
        }
    }

    /** What is wrong with folder or port; each is refused in a sentence, and leaves nothing behind. */
    @Test
    void start_folderOrPortNotToBeUsed_isRefusedInASentence() throws Exception {
        RaftSidecars others = new RaftSidecars(vertx, folder);
        assertThat(refusal(others, "TANDEM_STORE", "raft:" + trio.folder(0)))
                .contains("is already in use in this process");
        assertThat(refusal(others, "TANDEM_STORE", "raft:" + folder.resolve("a/b")))
                .contains("is not a folder")
                .contains("Name a folder for this member's data");
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThat(refusal(others, "TANDEM_STORE", "raft:" + file)).contains("is not a folder");
        assertThat(refusal(others, "TANDEM_STORE", "raft:" + folder)).contains("is not a member's data folder");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String at = "127.0.0.1:" + taken.getLocalPort();
            assertThat(refusal(others, "TANDEM_RAFT_LISTEN", at))
                    .startsWith("raft.listen " + at + " can't be listened on");
        }
        assertThat(refusal(others, "TANDEM_RAFT_LISTEN", "no-such-host.invalid:5701"))
                .startsWith("no-such-host.invalid in raft.listen means no address");

        // The port that was taken is free by now, the folder is there: it is this member's, and no other's.
        assertThat(refusal(others, "TANDEM_RAFT_CLUSTER", "another"))
                .contains("belongs to the cluster test-")
                .contains("not to another");
        assertThat(refusal(others, "TANDEM_RAFT_GROUPS", "5")).contains("was made for 3 groups, not for 5");
    }

    private static String refusal(RaftSidecars others, String name, String value) throws Exception {
        Throwable failure = failure(others.start(0, Map.of(name, value)));
        assertThat(failure).isInstanceOf(StartException.class);
        return failure.getMessage();
    }

    private static Throwable failure(Future<?> future) {
        Throwable failure = catchThrowable(() -> SidecarCalls.await(future));
        assertThat(failure).isInstanceOf(ExecutionException.class);
        return failure.getCause();
    }
}
