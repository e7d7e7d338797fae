package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.config.ConfigException;
import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.Keys;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.sidecar.Sidecar;
import dev.tandem.testkit.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands against a real sidecar over SQLite, in this process. */
class CliTest {
    @TempDir
    private static Path folder;

    private static Vertx vertx;
    private static Sidecar sidecar;
    private static String address;

    @BeforeAll
    static void start() throws Exception {
        vertx = Vertx.vertx();
        sidecar = await(Sidecar.start(vertx, config(folder.resolve("cli.db")), InstantSource.system()));
        address = sidecar.address().toString();
    }

    @AfterAll
    static void stop() throws Exception {
        await(sidecar.drain());
        await(vertx.close());
    }

    @Test
    void task_wholeLife_isSeenThroughTheCommands() {
        JsonObject created = call("task", "create", "--queue", "life", "--payload", "hi", "-l", "a=b")
                .json();
        String id = created.getString("task_id");
        assertThat(created.getString("state")).isEqualTo("ENQUEUED");
        assertThat(created.getString("payload")).isEqualTo("aGk=");

        JsonObject claimed = call("task", "claim", "--queue", "life", "--worker", "w1", "--lease", "1m")
                .json()
                .getJsonArray("tasks")
                .getJsonObject(0);
        assertThat(claimed.getString("task_id")).isEqualTo(id);
        String token = claimed.getJsonObject("lease").getString("token");

        JsonObject renewed = call("task", "renew", id, "--token", token, "--percent", "40", "--note", "half")
                .json();
        assertThat(renewed.getJsonObject("progress").getInteger("percent")).isEqualTo(40);

        JsonObject failed = call("task", "fail", id, "--token", token, "--code", "X", "--message", "no")
                .json();
        assertThat(failed.getString("state")).isEqualTo("ENQUEUED");
        assertThat(call("task", "retry", id).json().getString("state")).isEqualTo("ENQUEUED");

        String second = call("task", "claim", "-q", "life", "-w", "w1")
                .json()
                .getJsonArray("tasks")
                .getJsonObject(0)
                .getJsonObject("lease")
                .getString("token");
        JsonObject done = call("task", "complete", id, "--token", second, "--result", "sent")
                .json();
        assertThat(done.getString("state")).isEqualTo("SUCCEEDED");

        assertThat(call("task", "get", id).json()).isEqualTo(done);
        assertThat(call("task", "wait", id).json()).isEqualTo(done);
        assertThat(call("task", "list", "--state", "succeeded", "-q", "life")
                        .json()
                        .getJsonArray("tasks")
                        .getJsonObject(0))
                .isEqualTo(done);
        assertThat(call("task", "count", "-q", "life").json().getString("total"))
                .isEqualTo("1");
        assertThat(call("task", "delete", id).code()).isZero();

        Run gone = call("task", "get", id);
        assertThat(gone.code()).isEqualTo(4);
        assertThat(gone.out()).isEmpty();
        assertThat(gone.err()).startsWith("error: ").endsWith("(NOT_FOUND)\n");
    }

    @Test
    void task_ownersCommands_changeIt() {
        String id = create("--id", "owned", "--queue", "owned", "--delay", "1h");
        assertThat(call("task", "update", id, "--priority", "7", "--kind", "k")
                        .json()
                        .getInteger("priority"))
                .isEqualTo(7);
        assertThat(call("task", "cancel", id, "--reason", "no more").json().getString("state"))
                .isEqualTo("CANCELED");
        assertThat(call("task", "transition", id, "enqueued").json().getString("state"))
                .isEqualTo("ENQUEUED");
        JsonObject fanned =
                call("task", "create", "--part", "n1=local", "--part", "n2").json();
        assertThat(fanned.getJsonObject("parts").fieldNames()).containsExactlyInAnyOrder("n1", "n2");
        String whole = fanned.getString("task_id");
        call("task", "part", whole, "n1", "succeeded").json();
        assertThat(call("task", "part", whole, "n2", "succeeded").json().getString("state"))
                .isEqualTo("SUCCEEDED");
        assertThat(call("task", "prune", "-s", "succeeded", "--max", "1").code())
                .isZero();
    }

    @Test
    void task_claimNothing_isNoError() {
        Run claim = text("task", "claim", "--queue", "empty", "--worker", "w");

        assertThat(claim).isEqualTo(new Run(0, "", "There is nothing to claim.\n"));
    }

    @Test
    void task_release_givesItBack() {
        String id = create("--queue", "release");
        String token = claim("release");

        assertThat(call("task", "release", id, "-t", token, "--delay", "1h")
                        .json()
                        .getString("state"))
                .isEqualTo("ENQUEUED");
        assertThat(call("task", "claim", "-q", "release", "-w", "w").json().fieldNames())
                .isEmpty();
    }

    @Test
    void task_waitTooShort_exitsWith6AndShowsTheTask() {
        String id = create("--queue", "wait");

        Run wait = call("task", "wait", id, "--for", "0s");

        assertThat(wait.code()).isEqualTo(6);
        assertThat(new JsonObject(wait.out()).getString("state")).isEqualTo("ENQUEUED");
    }

    @Test
    void task_payloads_areReadFromTextFileStdinAndBase64() throws IOException {
        Path file = folder.resolve("payload.bin");
        Files.write(file, new byte[] {0, (byte) 0xff});

        assertThat(payload("", "ünï")).isEqualTo("w7xuw68=");
        assertThat(payload("", "@" + file)).isEqualTo("AP8=");
        assertThat(payload("from stdin", "-")).isEqualTo("ZnJvbSBzdGRpbg==");
        assertThat(payload("", "base64:aGk=")).isEqualTo("aGk=");
        assertThat(call("task", "create", "--payload", "@" + folder.resolve("none"))
                        .err())
                .isEqualTo("tandem: --payload: the file " + folder.resolve("none") + " can't be read; is it there?\n");
        assertThat(call("task", "create", "--payload", "base64:%%"))
                .isEqualTo(new Run(2, "", "tandem: --payload: what follows base64: is not base64\n"));
    }

    @Test
    void task_text_isForPeople() {
        String id = create("--id", "people", "--queue", "people", "--payload", "hi\u001b[31m there");

        assertThat(text("task", "get", id).out())
                .contains("task         people\n")
                .contains("state        ENQUEUED\n")
                .contains("payload      base64:")
                .doesNotContain("\u001b");
        assertThat(text("task", "list", "-q", "people").lines().get(0)).startsWith("ID      STATE     QUEUE");
        assertThat(text("task", "list", "-q", "people").lines().get(1)).startsWith("people  ENQUEUED  people");
        assertThat(text("task", "count", "-q", "people").lines())
                .containsExactly("STATE     TASKS", "ENQUEUED  1", "all       1");
    }

    @Test
    void task_listAllPages_showsEachTaskOnce() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.add(create("--queue", "pages"));
        }

        Run first = text("task", "list", "-q", "pages", "--limit", "2");
        assertThat(first.lines()).hasSize(3);
        assertThat(first.err()).startsWith("There are more: --all, or --page-token ");
        String token = first.err().strip().replaceAll(".* ", "");
        Run second = text("task", "list", "-q", "pages", "--limit", "2", "--page-token", token);
        assertThat(second.lines().get(1)).startsWith(ids.get(2));
        assertThat(text("task", "list", "-q", "pages", "--all").lines()).hasSize(6);
        Run newest = text("task", "list", "-q", "pages", "--newest-first", "--limit", "1");
        assertThat(newest.lines().get(1)).startsWith(ids.get(4));
    }

    @Test
    void task_refused_exitsWith1AndSaysWhy() {
        String id = create("--queue", "refused");

        Run lost = call("task", "complete", id, "--token", "999999");
        Run taken = call("task", "create", "--id", id);
        Run badName = call("task", "create", "--queue", "no spaces");
        Run stale = call("task", "cancel", id, "--etag", "1");

        assertThat(lost.code()).isEqualTo(1);
        assertThat(lost.err()).startsWith("error: ").endsWith("(LEASE_LOST)\n");
        assertThat(taken.err()).endsWith("(ALREADY_EXISTS)\n");
        assertThat(badName.code()).isEqualTo(1);
        assertThat(badName.err()).contains("queue").endsWith("(INVALID_ARGUMENT)\n");
        assertThat(stale.err()).endsWith("(VERSION_MISMATCH)\n");
        assertThat(List.of(lost, taken, badName, stale)).allSatisfy(run -> {
            assertThat(run.out()).isEmpty();
            assertThat(run.err().lines()).hasSize(1);
        });
    }

    @Test
    void lease_wholeLife_isSeenThroughTheCommands() {
        JsonObject held = call("lease", "acquire", "nightly", "--holder", "h1", "--lease", "1m")
                .json();
        String token = held.getString("token");

        Run other = call("lease", "acquire", "nightly", "--holder", "h2");
        assertThat(other.code()).isEqualTo(1);
        assertThat(other.err()).endsWith("(LEASE_HELD)\n");
        assertThat(call("lease", "renew", "nightly", "--token", token).json().getString("holder"))
                .isEqualTo("h1");
        assertThat(text("lease", "get", "nightly").out()).startsWith("lease nightly is held by h1 until in ");
        assertThat(text("lease", "release", "nightly", "--token", token).out())
                .startsWith("lease nightly is free (token ");
        assertThat(call("lease", "renew", "nightly", "--token", token).code()).isEqualTo(1);
        assertThat(call("lease", "get", "never").code()).isEqualTo(4);
    }

    @Test
    void task_noSidecar_exitsWith3AtOnce() throws IOException {
        int free = FreePorts.next();

        Run run = Run.of("task", "get", "x", "--address", "127.0.0.1:" + free);

        assertThat(run.code()).isEqualTo(3);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("127.0.0.1:" + free).endsWith("(UNREACHABLE)\n");
    }

    @Test
    void task_addressAndNamespaceOfTheEnvironment_areUsed() {
        Map<String, String> environment = Map.of("TANDEM_ADDRESS", address, "TANDEM_NAMESPACE", "other");

        Run run = Run.of(environment, "", "task", "create", "--json");

        assertThat(run.json().getString("namespace")).isEqualTo("other");
    }

    @Test
    void task_badUsage_exitsWith2AndOneSentence() {
        assertThat(Run.of("task", "claim", "--worker", "w").err())
                .isEqualTo("tandem: Missing required option: '--queue=NAME'\nSee `tandem task claim --help`.\n");
        assertThat(Run.of("task", "get").code()).isEqualTo(2);
        assertThat(Run.of("task", "list", "--state", "done").err())
                .contains("must be one of [ENQUEUED, PROCESSING, SUCCEEDED, FAILED, CANCELED], not \"done\"");
        assertThat(Run.of("task", "claim", "-q", "q", "-w", "w", "--lease", "30")
                        .err())
                .contains("must be a duration with a unit (ms, s, m, h, d), such as 30s, not \"30\"");
        assertThat(Run.of("task", "get", "x", "--address", "nowhere").err())
                .startsWith("tandem: \"nowhere\" is no address");
        assertThat(Run.of("task", "list", "--limit", "0").err()).startsWith("tandem: --limit must be 1 to 1000");
        assertThat(Run.of("task", "update", "x").err()).startsWith("tandem: nothing to change");
        assertThat(Run.of(Map.of("TANDEM_TIMEOUT", "soon"), "", "task", "get", "x")
                        .err())
                .startsWith("tandem: TANDEM_TIMEOUT must be a duration");
        assertThat(Run.of("tsak").err()).contains("Did you mean").contains("task");
        assertThat(Run.of("sidecar", "--lisen", "x").code()).isEqualTo(2);
    }

    @Test
    void config_print_showsValuesWithTheirSources() {
        Run run = Run.of(
                Map.of("TANDEM_TRACING_OTLP_HEADERS", "a=s3cret", "TANDEM_TRACING_OTLP_ENDPOINT", "http://h"),
                "",
                "config",
                "print",
                "--drain-timeout",
                "5s",
                "--json");

        JsonObject json = run.json();
        assertThat(json.getJsonObject("drain.timeout"))
                .isEqualTo(new JsonObject().put("value", "5s").put("source", "--drain-timeout"));
        assertThat(json.getJsonObject("tracing.otlp_headers").getString("value"))
                .isEqualTo("(secret)");
        assertThat(json.fieldNames()).hasSize(Keys.ALL.size());
        assertThat(run.out()).doesNotContain("s3cret");
        assertThat(Run.of("config", "print").out()).contains("listen ").contains("127.0.0.1:7420");
    }

    @Test
    void config_check_exitsWith0Or2() {
        assertThat(Run.of("config", "check")).isEqualTo(new Run(0, "The configuration is good.\n", ""));
        Run bad = Run.of("config", "check", "--listen", "x", "--json");
        assertThat(bad.code()).isEqualTo(2);
        assertThat(new JsonObject(bad.out()).getBoolean("ok")).isFalse();
        assertThat(new JsonObject(bad.out()).getJsonArray("problems")).hasSize(1);
        Run badText = Run.of("config", "check", "--listen", "x", "--admin", "y");
        assertThat(badText.code()).isEqualTo(2);
        assertThat(badText.err().lines()).hasSize(2).allMatch(line -> line.startsWith("tandem: --"));
    }

    @Test
    void completion_script_knowsTheCommands() {
        assertThat(Run.of("completion", "bash").out()).contains("complete -F").contains("prune");
        assertThat(Run.of("completion", "zsh").out()).startsWith("autoload");
        assertThat(Run.of("completion", "fish").code()).isEqualTo(2);
    }

    /** The launcher fills its archive of classes by it. */
    @Test
    void train_runsToItsEnd_withoutAWord() {
        assertThat(Run.of("train")).isEqualTo(new Run(0, "", ""));
        assertThat(Run.of("--help").out()).doesNotContain("train ");
    }

    @Test
    void version_asOptionOrCommand_isPrinted() {
        assertThat(Run.of("--version").out()).startsWith("tandem ");
        assertThat(Run.of("version", "--json").json().getString("java")).isNotBlank();
    }

    private static String payload(String stdin, String argument) {
        return Run.of(Map.of(), stdin, "task", "create", "--payload", argument, "--address", address, "--json")
                .json()
                .getString("payload");
    }

    private static String create(String... options) {
        List<String> arguments = new ArrayList<>(List.of("task", "create"));
        arguments.addAll(List.of(options));
        return call(arguments.toArray(String[]::new)).json().getString("task_id");
    }

    private static String claim(String queue) {
        return call("task", "claim", "-q", queue, "-w", "w")
                .json()
                .getJsonArray("tasks")
                .getJsonObject(0)
                .getJsonObject("lease")
                .getString("token");
    }

    private static Run call(String... arguments) {
        return run(arguments, "--json");
    }

    private static Run text(String... arguments) {
        return run(arguments);
    }

    private static Run run(String[] arguments, String... more) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--address", address));
        all.addAll(List.of(more));
        return Run.of(all.toArray(String[]::new));
    }

    private static SidecarConfig config(Path database) throws ConfigException {
        return SidecarConfig.of(ConfigLoader.load(
                null,
                Map.of(
                        "TANDEM_LISTEN", "127.0.0.1:0",
                        "TANDEM_ADMIN", "127.0.0.1:0",
                        "TANDEM_STORE", "sqlite:" + database,
                        "TANDEM_DRAIN_GRACE", "0s"),
                Map.of()));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
