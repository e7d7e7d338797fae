package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.sidecar.RaftSidecars;
import dev.tandem.testkit.HttpClients;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tandem node status} and what changes who votes, against members in this process. */
class NodeCommandTest {
    private static final int SECONDS_MAX = 60;

    @TempDir
    private static Path shared;

    private static final Vertx vertx = Vertx.vertx();
    private static RaftSidecars trio;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() throws Exception {
        trio = new RaftSidecars(vertx, shared).startAll();
    }

    @AfterAll
    static void close() {
        trio.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static String admin(RaftSidecars sidecars, int... numbers) {
        StringBuilder text = new StringBuilder();
        for (int number : numbers) {
            text.append(text.isEmpty() ? "" : ",").append(sidecars.get(number).adminAddress());
        }
        return text.toString();
    }

    private static JsonObject status(RaftSidecars sidecars, int... numbers) {
        return Run.of("node", "status", "--json", "--admin", admin(sidecars, numbers))
                .json();
    }

    /** The ids of those that vote, as one member knows them. */
    private static List<String> voters(JsonObject status) {
        return status.getJsonArray("members").getJsonObject(0).getJsonArray("voters").stream()
                .map(voter -> ((JsonObject) voter).getString("voter"))
                .toList();
    }

    @Test
    void status_allThere_saysThatAllIsWell() {
        Run text = Run.of("node", "status", "--admin", admin(trio, 0, 1, 2));
        JsonObject json = status(trio, 0, 1, 2);

        assertThat(text.code()).isZero();
        assertThat(text.err()).isEmpty();
        assertThat(text.out())
                .contains(trio.listen(0) + " of cluster test-")
                .contains(", voter ")
                .containsPattern("\\n1  +" + trio.listen(2) + "  +(leads|follows)  +\\d+ ")
                .endsWith("\nAll is well.\n");
        assertThat(json.getJsonArray("problems")).isEmpty();
        assertThat(json.getJsonArray("members")).hasSize(3);
        JsonObject member = json.getJsonArray("members").getJsonObject(1);
        assertThat(member.getString("address")).isEqualTo(trio.listen(1));
        assertThat(member.getString("durability")).isEqualTo("fsync");
        assertThat(member.getJsonArray("members")).hasSize(3);
        assertThat(voters(json)).contains(member.getString("voter")).hasSize(3);
        JsonArray groups = member.getJsonArray("groups");
        assertThat(groups).hasSize(4);
        assertThat(groups.getJsonObject(0).fieldNames())
                .containsExactlyInAnyOrder(
                        "group",
                        "leader",
                        "leading",
                        "term",
                        "commit_index",
                        "applied_index",
                        "log_bytes",
                        "log_segments",
                        "snapshot_index",
                        "snapshot_bytes");
    }

    @Test
    void status_nobodyThere_saysSoWithItsExitCode() {
        Run nobody = Run.of("node", "status", "--admin", "127.0.0.1:1");
        Run one = Run.of("node", "status", "--admin", "127.0.0.1:1," + admin(trio, 0));
        Run none = Run.of("node", "status", "--admin", "not an address");

        assertThat(nobody.code()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(nobody.out()).isEqualTo("! nobody listens at 127.0.0.1:1\n");
        assertThat(one.code()).isZero();
        assertThat(one.out()).contains(trio.listen(0)).endsWith("! nobody listens at 127.0.0.1:1\n");
        assertThat(none.code()).isEqualTo(ExitCode.USAGE);
        assertThat(none.err()).isEqualTo("tandem: --admin must be host:port, not \"not an address\"\n");
    }

    @Test
    void removeVoter_notOneThatHasGone_isRefused() {
        JsonObject before = status(trio, 0);
        String there = voters(before).get(1);
        String unknown = UUID.randomUUID().toString();

        Run removed = Run.of("node", "remove-voter", there, "--yes", "--admin", admin(trio, 0));
        Run another = Run.of("node", "remove-voter", unknown, "--yes", "--admin", admin(trio, 0));
        Run unsure = Run.of(Map.of("TANDEM_ADMIN", admin(trio, 0)), "no\n", "node", "remove-voter", there);
        Run several = Run.of("node", "remove-voter", there, "--yes", "--admin", admin(trio, 0, 1));

        assertThat(removed.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(removed.err())
                .startsWith("error: the voter " + there + " at 127.0.0.1:")
                .endsWith(" is there: only one that has gone for good is removed. Stop it first\n");
        assertThat(another.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(another.err()).isEqualTo("error: there is no voter " + unknown + "\n");
        assertThat(unsure.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(unsure.err())
                .contains("will never vote again")
                .endsWith("To remove it, type yes: Nothing was changed.\n");
        assertThat(several.code()).isEqualTo(ExitCode.USAGE);
        assertThat(voters(status(trio, 0))).isEqualTo(voters(before));
    }

    @Test
    void promote_aVoter_changesNothing() {
        Run run = Run.of("node", "promote", "--json", "--admin", admin(trio, 2));

        assertThat(run.json().getBoolean("promoted")).isFalse();
        assertThat(run.json().getString("voter")).isIn(voters(status(trio, 2)));
    }

    /** A web page that somebody looks at on this machine can send no JSON here. */
    @Test
    void adminPort_changeThatIsNoJson_isRefused() throws Exception {
        assertThat(post("text/plain", "{}").statusCode()).isEqualTo(415);
        assertThat(post("application/json", " ".repeat(5_000)).statusCode()).isEqualTo(415);
        HttpResponse<String> noId = post("application/json", "{\"voter\": \"x\"}");
        assertThat(noId.statusCode()).isEqualTo(409);
        assertThat(noId.body()).contains("voter must be the id of one that votes");
        HttpResponse<String> get =
                HttpClients.http1().send(HttpRequest.newBuilder(uri()).build(), BodyHandlers.ofString());
        assertThat(get.statusCode()).isEqualTo(404);
    }

    private static HttpResponse<String> post(String type, String body) throws IOException, InterruptedException {
        return HttpClients.http1()
                .send(
                        HttpRequest.newBuilder(uri())
                                .header("content-type", type)
                                .POST(BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
    }

    private static URI uri() {
        return URI.create("http://" + admin(trio, 0) + "/raft/remove-voter");
    }

    @Test
    @Tag("long")
    void lostMember_isReplacedByAnEmptyOne() throws Exception {
        try (RaftSidecars sidecars = new RaftSidecars(vertx, folder).startAll()) {
            String lost =
                    status(sidecars, 2).getJsonArray("members").getJsonObject(0).getString("voter");
            sidecars.stop(2);
            sidecars.loseFolder(2);
            await(sidecars.start(2, Map.of()));
            String text = Run.of("node", "status", "--admin", admin(sidecars, 0, 1, 2))
                    .out();
            assertThat(text)
                    .contains("the voter " + lost + ", last known at " + sidecars.listen(2) + ", is away")
                    .contains(sidecars.listen(2) + " of cluster")
                    .contains(", does not vote");

            Run removed = Run.of(Map.of("TANDEM_ADMIN", admin(sidecars, 0)), "yes\n", "node", "remove-voter", lost);
            assertThat(removed.out()).isEqualTo("Removed: " + lost + " votes no more.\n");
            assertThat(status(sidecars, 0, 1, 2).getJsonArray("problems"))
                    .contains("only 2 of 3 members vote: let another one vote by `tandem node promote`");
            JsonObject promoted = Run.of("node", "promote", "--yes", "--json", "--admin", admin(sidecars, 2))
                    .json();

            assertThat(promoted.getBoolean("promoted")).isTrue();
            awaitNoProblems(sidecars);
            assertThat(voters(status(sidecars, 0)))
                    .contains(promoted.getString("voter"))
                    .doesNotContain(lost)
                    .hasSize(3);
        }
    }

    private static void awaitNoProblems(RaftSidecars sidecars) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        JsonArray problems;
        do {
            problems = status(sidecars, 0, 1, 2).getJsonArray("problems");
            assertThat(System.nanoTime()).as(() -> "not in time").isLessThan(until);
        } while (!problems.isEmpty());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(SECONDS_MAX, TimeUnit.SECONDS);
    }
}
