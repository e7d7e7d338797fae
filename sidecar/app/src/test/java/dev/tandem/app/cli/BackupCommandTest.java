package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.config.ConfigLoader;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.sidecar.Sidecar;
import dev.tandem.backup.BackupExporter;
import dev.tandem.store.ScanPage;
import dev.tandem.store.TaskStore;
import dev.tandem.testkit.ReferenceTaskStore;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import dev.tandem.testkit.TestClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tandem backup} against sidecars over SQLite, in this process. */
class BackupCommandTest {
    private static final int SECONDS_MAX = 60;

    private static final Vertx vertx = Vertx.vertx();

    @TempDir
    private static Path stores;

    private static Sidecar source;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeAll
    static void start() throws Exception {
        source = sidecar("source.db");
        String address = source.address().toString();
        for (int i = 0; i < 5; i++) {
            assertThat(Run.of("task", "create", "--address", address, "-n", "one", "--id", "task" + i)
                            .code())
                    .isZero();
        }
        assertThat(Run.of("task", "delete", "--address", address, "-n", "one", "task4")
                        .code())
                .isZero();
        assertThat(Run.of("task", "create", "--address", address, "-n", "two", "--id", "other")
                        .code())
                .isZero();
    }

    @AfterAll
    static void stop() throws Exception {
        await(source.drain());
        await(vertx.close());
    }

    @BeforeEach
    void name() {
        file = folder.resolve("tasks.backup");
    }

    private static Sidecar sidecar(String name) throws Exception {
        return await(Sidecar.start(
                vertx,
                SidecarConfig.of(ConfigLoader.load(
                        null,
                        Map.of(
                                "TANDEM_LISTEN",
                                "127.0.0.1:0",
                                "TANDEM_ADMIN",
                                "127.0.0.1:0",
                                "TANDEM_DRAIN_GRACE",
                                "0s",
                                "TANDEM_STORE",
                                "sqlite:" + stores.resolve(name)),
                        Map.of())),
                InstantSource.system()));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(SECONDS_MAX, TimeUnit.SECONDS);
    }

    private static Run at(Sidecar sidecar, String... arguments) {
        return Run.of(Map.of("TANDEM_ADMIN", String.valueOf(sidecar.adminAddress())), "", arguments);
    }

    private byte[] export() throws IOException {
        assertThat(at(source, "backup", "export", "-o", file.toString()).code()).isZero();
        return Files.readAllBytes(file);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Test
    void export_ofAll_isShownAsItWasTold() throws Exception {
        Run told = at(source, "backup", "export", "--output", file.toString(), "--json");
        Run shown = Run.of("backup", "show", file.toString(), "--json");
        Run text = Run.of("backup", "show", file.toString());

        JsonObject json = shown.json();
        assertThat(told.json().remove("file")).isEqualTo(file.toString());
        JsonObject same = told.json();
        same.remove("file");
        assertThat(same).isEqualTo(json);
        assertThat(json.getLong("bytes")).isEqualTo(Files.size(file));
        assertThat(json.getString("store")).isEqualTo("sqlite");
        JsonObject one = json.getJsonArray("namespaces").getJsonObject(0);
        assertThat(one.getString("namespace")).isEqualTo("one");
        assertThat(one.getLong("tasks")).isEqualTo(4);
        assertThat(one.getLong("tombstones")).isEqualTo(1);
        assertThat(one.getLong("changes")).isZero();
        assertThat(json.getJsonArray("namespaces")).hasSize(2);
        assertThat(text.out())
                .startsWith("A whole backup of ")
                .containsPattern("\\none  +4  +1  +0  +\\d+  +0  +6\\n")
                .containsPattern("\\ntwo  +1  +0  ");
        assertThat(text.err()).isEmpty();
        assertThat(files()).containsExactly(file);
    }

    @Test
    void backup_importedIntoAnotherSidecar_isAnsweredTheSame() throws Exception {
        export();
        Sidecar target = sidecar("target.db");

        Run imported = at(target, "backup", "import", file.toString());

        assertThat(imported.err()).isEmpty();
        assertThat(imported.out())
                .startsWith("NAMESPACE  RECORDS  TAKEN  VERSIONS FROM\n")
                .containsPattern("\\none  +\\d+  +\\d+  +1000000000006\\n");
        for (String namespace : new String[] {"one", "two"}) {
            assertThat(list(target, namespace)).isNotEmpty().isEqualTo(list(source, namespace));
        }
        JsonObject created = Run.of(
                        "task",
                        "create",
                        "--json",
                        "-n",
                        "one",
                        "--address",
                        target.address().toString())
                .json();
        assertThat(Long.parseLong(created.getString("etag"))).isGreaterThan(1_000_000_000_006L);
        Run again = at(target, "backup", "import", file.toString());
        assertThat(again.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(again.err())
                .startsWith("error: the namespace one is not empty")
                .hasLineCount(1);
        JsonObject into = at(target, "backup", "import", file.toString(), "--into-existing", "-n", "one", "--json")
                .json();
        assertThat(into.getJsonArray("namespaces")).hasSize(1);
        assertThat(into.getJsonArray("namespaces").getJsonObject(0).getLong("applied"))
                .isZero();
        await(target.drain());
    }

    private static String list(Sidecar sidecar, String namespace) {
        Run list = Run.of(
                "task",
                "list",
                "--json",
                "-n",
                namespace,
                "--address",
                sidecar.address().toString());
        assertThat(list.code()).isZero();
        return list.out();
    }

    @Test
    void show_ofABackupThatLacksWhatCannotBeRead_warnsOfIt() throws Exception {
        ReferenceTaskStore store = new ReferenceTaskStore(vertx);
        new StoreCalls(vertx, store, new TestClock(), "three").apply(Tasks.create("good"));
        TaskStore damaged = (TaskStore) Proxy.newProxyInstance(
                TaskStore.class.getClassLoader(),
                new Class<?>[] {TaskStore.class},
                (proxy, method, arguments) ->
                        ((Future<?>) method.invoke(store, arguments)).map(BackupCommandTest::withoutOne));
        Buffer bytes = Buffer.buffer();
        await(BackupExporter.export(vertx, damaged, new BackupExporter.Request(1, "1", "a test", List.of()), piece -> {
            bytes.appendBuffer(piece);
            return Future.succeededFuture();
        }));
        Files.write(file, bytes.getBytes());

        Run text = Run.of("backup", "show", file.toString());
        JsonObject json = new JsonObject(
                Run.of("backup", "show", file.toString(), "--json").out());

        assertThat(text.code()).isZero();
        assertThat(text.out()).containsPattern("\\nthree  +1  ");
        assertThat(text.err())
                .isEqualTo("warning: of the namespace three, these can't be read and are not in the backup: broken\n");
        assertThat(json.getJsonArray("namespaces").getJsonObject(0).getJsonArray("unreadable"))
                .containsExactly("broken");
    }

    /** The first page of a scan, with a name that can't be read. */
    private static Object withoutOne(Object answer) {
        return answer instanceof ScanPage page && !page.records().isEmpty()
                ? new ScanPage(page.records(), page.next(), page.cursor(), page.timeMillis(), List.of("broken"))
                : answer;
    }

    @Test
    void export_ofOneNamespace_hasOnlyThis() {
        JsonObject json = at(source, "backup", "export", "-n", "two", "-o", file.toString(), "--json")
                .json();
        Run none = at(
                source,
                "backup",
                "export",
                "-n",
                "none",
                "-o",
                folder.resolve("none").toString());

        assertThat(json.getJsonArray("namespaces")).hasSize(1);
        assertThat(none.code()).isEqualTo(ExitCode.NOT_FOUND);
        assertThat(none.err()).isEqualTo("error: nothing is kept in a namespace none; there are one, two\n");
        assertThat(folder.resolve("none")).doesNotExist();
        assertThat(folder.resolve("none.partial")).doesNotExist();
        Run missing = at(source, "backup", "import", file.toString(), "-n", "one", "-n", "two");
        assertThat(missing.code()).isEqualTo(ExitCode.NOT_FOUND);
        assertThat(missing.err()).contains("no namespace one;");
    }

    @Test
    void export_intoAFileThatIsThere_isRefusedUnlessForced() throws Exception {
        Files.writeString(file, "mine");

        Run refused = at(source, "backup", "export", "-o", file.toString());
        assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
        assertThat(refused.err()).contains("is there already", "--force").hasLineCount(1);
        assertThat(file).hasContent("mine");

        assertThat(at(source, "backup", "export", "--force", "-o", file.toString())
                        .code())
                .isZero();
        assertThat(Run.of("backup", "show", file.toString()).code()).isZero();
        Run nowhere =
                at(source, "backup", "export", "-o", folder.resolve("no/file").toString());
        assertThat(nowhere.code()).isEqualTo(ExitCode.USAGE);
        assertThat(nowhere.err()).contains("is its folder there?").hasLineCount(1);
    }

    @Test
    void export_toStdout_isTheFileAlone() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Cli.run(
                new Terminal(
                        new ByteArrayInputStream(new byte[0]),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of(),
                        false),
                "backup",
                "export",
                "-o",
                "-",
                "--admin",
                String.valueOf(source.adminAddress()));

        assertThat(code).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
        Files.write(file, out.toByteArray());
        assertThat(Run.of("backup", "show", file.toString(), "--json").json().getJsonArray("namespaces"))
                .hasSize(2);
    }

    @Test
    void file_damagedCutOrOfAnotherKind_isRefusedAndNothingIsImported() throws Exception {
        byte[] whole = export();
        byte[] damaged = whole.clone();
        damaged[whole.length - 3] ^= 1;
        Sidecar target = sidecar("empty.db");

        for (byte[] bad : new byte[][] {damaged, Arrays.copyOf(whole, whole.length - 1), new byte[20], {}}) {
            Files.write(file, bad);
            Run shown = Run.of("backup", "show", file.toString());
            assertThat(shown.code()).isEqualTo(ExitCode.REFUSED);
            assertThat(shown.out()).isEmpty();
            assertThat(shown.err()).startsWith("error: ").hasLineCount(1);
            Run imported = at(target, "backup", "import", file.toString());
            assertThat(imported.code()).isEqualTo(ExitCode.REFUSED);
            assertThat(imported.err()).endsWith("Nothing was imported\n").hasLineCount(1);
        }

        assertThat(at(target, "backup", "export", "-o", folder.resolve("after").toString(), "--json")
                        .json()
                        .getJsonArray("namespaces"))
                .isEmpty();
        Run missing = Run.of("backup", "show", folder.resolve("missing").toString());
        assertThat(missing.code()).isEqualTo(ExitCode.USAGE);
        assertThat(missing.err()).contains("can't be read; is it there?");
        await(target.drain());
    }

    @Test
    void stdin_cut_isImportedUpToThereAndSaysSo() throws Exception {
        byte[] whole = export();
        Sidecar target = sidecar("stdin.db");
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(whole, 0, whole.length - 1),
                new PrintStream(new ByteArrayOutputStream()),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Map.of(),
                false);

        int code = Cli.run(terminal, "backup", "import", "-", "--admin", String.valueOf(target.adminAddress()));

        assertThat(code).isEqualTo(ExitCode.UNKNOWN);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("ends too early", "import it again, whole, with --into-existing");
        assertThat(list(target, "one")).isEqualTo(list(source, "one"));
        await(target.drain());
    }

    @Test
    void export_thatBreaksOff_leavesNoFile() throws Exception {
        byte[] whole = export();
        Files.delete(file);
        // Ends in good order, and too early; then by closing the connection.
        HttpServer early = serve(whole, false);
        HttpServer broken = serve(whole, true);

        for (HttpServer server : new HttpServer[] {early, broken}) {
            Run run = Run.of("backup", "export", "-o", file.toString(), "--admin", "127.0.0.1:" + server.actualPort());
            assertThat(run.code()).isEqualTo(ExitCode.UNREACHABLE);
            assertThat(run.err())
                    .startsWith("error: ")
                    .contains(server == early ? "ends too early" : "broke off before it was whole")
                    .hasLineCount(1);
            assertThat(files()).isEmpty();
        }
    }

    private static HttpServer serve(byte[] whole, boolean isBroken) throws Exception {
        return await(vertx.createHttpServer()
                .requestHandler(request -> {
                    request.response().setChunked(true);
                    request.response()
                            .write(Buffer.buffer(Arrays.copyOf(whole, whole.length / 2)))
                            .onSuccess(written -> {
                                if (isBroken) {
                                    request.connection().close();
                                } else {
                                    request.response().end();
                                }
                            });
                })
                .listen(0, "127.0.0.1"));
    }

    @Test
    void commands_whereNobodyListens_saySo() throws Exception {
        export();

        Run export = Run.of("backup", "export", "-o", folder.resolve("x").toString(), "--admin", "127.0.0.1:1");
        Run restore = Run.of("backup", "import", file.toString(), "--admin", "127.0.0.1:1");

        for (Run run : new Run[] {export, restore}) {
            assertThat(run.code()).isEqualTo(ExitCode.UNREACHABLE);
            assertThat(run.err()).isEqualTo("error: nobody listens at 127.0.0.1:1\n");
        }
        assertThat(files()).containsExactly(file);
    }
}
