package dev.tandem.store.sqlite;

import static dev.tandem.store.sqlite.Stores.failure;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Outcome.Applied;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files are refused, in which words, and how an older one is brought up to date. */
class OpeningTest {
    @TempDir
    Path folder;

    private final Stores stores = new Stores();

    @AfterEach
    void close() {
        stores.close();
    }

    private String refusal(Path file) {
        return refusal(SqliteTaskStore.open(stores.vertx, SqliteOptions.of(file)));
    }

    private static String refusal(Future<SqliteTaskStore> opened) {
        StoreException refused = failure(opened);
        assertThat(refused.kind()).isEqualTo(FailureKind.NOT_APPLIED);
        return refused.getMessage();
    }

    private static void sqlite(Path file, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                java.sql.Statement statement = connection.createStatement()) {
            for (String text : statements) {
                statement.executeUpdate(text);
            }
        }
    }

    @Test
    void open_folderIsMissing_isRefused() {
        assertThat(refusal(folder.resolve("none").resolve("tandem.db")))
                .isEqualTo("the folder " + folder.resolve("none")
                        + " does not exist; make it, or name a file in another one");
        assertThat(folder.resolve("none")).doesNotExist();
    }

    @Test
    void open_aFolder_isRefused() {
        assertThat(refusal(folder)).isEqualTo(folder + " is a folder; name a file in it");
    }

    @Test
    void open_folderIsAFile_isRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");

        assertThat(refusal(file.resolve("tandem.db"))).isEqualTo(file + " is not a folder; name a file in one");
    }

    @Test
    void open_folderIsNotWritable_isRefused() {
        Path sealed = Path.of("/proc/self");
        assumeTrue(Files.isDirectory(sealed), "needs a folder that not even root may write to");

        assertThat(refusal(sealed.resolve("tandem.db"))).contains("can't lock", "tandem.db.lock", "check the disk");
    }

    @Test
    void open_fileIsNotWritable_isRefused() throws Exception {
        Path file = folder.resolve("tandem.db");
        Stores.await(stores.open(file).close());
        assumeTrue(file.toFile().setWritable(false) && !Files.isWritable(file), "root may write to every file");

        assertThat(refusal(file))
                .isEqualTo(file + " can't be written to; give this process write access to the file and its folder");
    }

    /** What SQLite makes of such a file, and root meets as well: a connection that may only read. */
    @Test
    void open_connectionMayOnlyRead_isRefused() {
        Path file = folder.resolve("tandem.db");
        Stores.await(stores.open(file).close());

        assertThat(refusal(
                        SqliteTaskStore.open(stores.vertx, SqliteOptions.of(file), Schema.STEPS, Session::openReader)))
                .isEqualTo(file + " can't be written to; give this process write access to the file and its folder");
        assertThat(Stores.run(stores.open(file), 1, Stores.create("one"))).isInstanceOf(Applied.class);
    }

    @Test
    void open_notADatabase_isRefusedAndLeftAlone() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.txt"), "Dear diary, ".repeat(100));

        assertThat(refusal(file))
                .isEqualTo(file + " is not a SQLite database; name another file, or move this one away");
        assertThat(file).hasContent("Dear diary, ".repeat(100));
    }

    @Test
    void open_databaseOfSomebodyElse_isRefusedAndLeftAlone() throws Exception {
        Path tables = folder.resolve("tables.db");
        Path named = folder.resolve("named.db");
        sqlite(tables, "CREATE TABLE theirs (x)");
        sqlite(named, "PRAGMA application_id = 7", "CREATE TABLE theirs (x)");
        for (Path file : List.of(tables, named)) {
            byte[] before = Files.readAllBytes(file);

            assertThat(refusal(file))
                    .isEqualTo(file
                            + " is a SQLite database of another application; name another file, or move this one away");
            assertThat(Files.readAllBytes(file)).isEqualTo(before);
        }
    }

    @Test
    void open_newerSchema_isRefusedAndLeftAlone() throws Exception {
        Path file = folder.resolve("tandem.db");
        Stores.await(stores.open(file).close());
        sqlite(file, "PRAGMA user_version = 9");

        assertThat(refusal(file))
                .isEqualTo(file
                        + " was written by a newer version of Tandem (its schema is 9, this version knows up to "
                        + Schema.STEPS.size() + "); start that version, or restore a backup from before the update");
    }

    @Test
    void open_twiceInOneProcess_isRefusedByWhateverPath() throws IOException {
        Path file = folder.resolve("tandem.db");
        SqliteTaskStore first = stores.open(file);
        Path link = Files.createSymbolicLink(folder.resolve("link.db"), file);

        assertThat(refusal(file))
                .isEqualTo(file.toRealPath() + " is already open in this process; give each store a file of its own");
        assertThat(refusal(link)).contains("is already open in this process");
        Stores.await(first.close());
        assertThat(Stores.run(stores.open(link), 1, Stores.create("one"))).isInstanceOf(Applied.class);
    }

    @Test
    void open_whileAnotherProcessHasIt_isRefusedUntilThatIsKilled() throws Exception {
        Path file = folder.resolve("tandem.db");
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("open");

            assertThat(refusal(file))
                    .isEqualTo(file.toRealPath() + " is in use by another process (pid " + other.pid()
                            + "); stop that one, or give this one a file of its own");
        } finally {
            other.destroyForcibly().waitFor();
        }
        assertThat(Stores.get(stores.open(file), "held")).isPresent();
    }

    /** Opens a store, and holds it until it is killed. */
    static final class Holder {
        public static void main(String[] args) throws InterruptedException {
            // Not closed: this process is killed.
            SqliteTaskStore store = new Stores().open(Path.of(args[0]));
            Stores.run(store, 1, Stores.create("held"));
            System.out.println("open");
            Thread.sleep(60_000);
        }
    }

    @Test
    void open_olderSchema_isBroughtUpToDateWithWhatItHolds() {
        Path file = folder.resolve("tandem.db");
        SqliteTaskStore old = stores.open(file);
        Stores.run(old, 1, Stores.create("kept"));
        Stores.await(old.close());
        List<List<String>> steps = new ArrayList<>(Schema.STEPS);
        steps.add(List.of("CREATE TABLE later (x)", "INSERT INTO later SELECT id FROM task"));

        SqliteTaskStore store =
                Stores.await(SqliteTaskStore.open(stores.vertx, Stores.quick(file), steps, Session::openWriter));

        assertThat(Stores.get(store, "kept")).isPresent();
        Stores.await(store.close());
        Session session = Session.openReader(SqliteOptions.of(file));
        assertThat(session.text("SELECT x FROM later")).isEqualTo("kept");
        assertThat(session.number("PRAGMA user_version")).isEqualTo(steps.size());
        session.close();
        assertThat(refusal(file)).contains("was written by a newer version");
    }

    @Test
    void open_updateFails_fileIsLeftAsItWas() {
        Path file = folder.resolve("tandem.db");
        Stores.await(stores.open(file).close());
        List<List<String>> steps = new ArrayList<>(Schema.STEPS);
        steps.add(List.of("CREATE TABLE later (x)", "INSERT INTO nowhere VALUES (1)"));

        assertThat(refusal(SqliteTaskStore.open(stores.vertx, Stores.quick(file), steps, Session::openWriter)))
                .contains("could not be brought from schema 2 to 3", "no such table: nowhere", "left as it was");

        SqliteTaskStore store = stores.open(file);
        assertThat(Stores.run(store, 1, Stores.create("one"))).isInstanceOf(Applied.class);
        assertThat(Stores.ask(store, new TaskQuery.Namespaces())).containsExactly(Stores.NS);
    }

    @Test
    void open_diskIsFull_isRefused() {
        Path file = folder.resolve("tandem.db");
        SqliteTaskStore.WriterOpener tiny = options -> {
            Session session = Session.openWriter(options);
            session.run("PRAGMA max_page_count = 3");
            return session;
        };

        assertThat(refusal(SqliteTaskStore.open(stores.vertx, SqliteOptions.of(file), Schema.STEPS, tiny)))
                .isEqualTo("the disk of " + file + " is full; make room on it");
        assertThat(Stores.run(stores.open(file), 1, Stores.create("one"))).isInstanceOf(Applied.class);
    }

    @Test
    void options_outOfBounds_areRefused() {
        SqliteOptions options = SqliteOptions.of(folder.resolve("tandem.db"));
        List<Runnable> wrong = Arrays.asList(
                () -> options.withBatchMax(0), () -> options.withWriteQueue(0, 1), () -> options.withReads(1, 0));

        assertThat(wrong)
                .allSatisfy(make -> assertThatThrownBy(make::run)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("must be at least 1"));
    }
}
