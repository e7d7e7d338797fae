package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.app.sidecar.MovingStores;
import dev.tandem.testkit.Tasks;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tandem route} and {@code tandem migrate}, against the admin port of a process with two stores. */
class MoveCommandTest {
    private static final String NAMESPACE = "orders";

    @TempDir
    private Path folder;

    private MovingStores stores;

    @BeforeEach
    void open() {
        stores = new MovingStores(folder);
    }

    @AfterEach
    void close() {
        stores.close();
    }

    private Map<String, String> environment() {
        return Map.of("TANDEM_ADMIN", stores.admin(), "TANDEM_ADMIN_TOKEN", MovingStores.TOKEN);
    }

    private Run run(String... arguments) {
        return Run.of(environment(), "", arguments);
    }

    /** What a command said to people, when all went well. */
    private String said(String... arguments) {
        Run run = run(arguments);
        assertThat(run.code()).as(run::toString).isZero();
        assertThat(run.err()).isEmpty();
        return run.out();
    }

    private String refused(String... arguments) {
        Run run = run(arguments);
        assertThat(run.code()).as(run::toString).isEqualTo(ExitCode.REFUSED);
        assertThat(run.out()).isEmpty();
        return run.err();
    }

    private JsonObject json(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--json");
        return run(all.toArray(String[]::new)).json();
    }

    private void fill(int tasks) {
        for (int i = 0; i < tasks; i++) {
            stores.calls(NAMESPACE).apply(Tasks.create("t" + i));
        }
    }

    private void startVerified() {
        said("migrate", "start", NAMESPACE, "--to", "new");
        said("migrate", "watch", NAMESPACE, "--until", "copied");
        said("migrate", "verify", NAMESPACE, "--wait");
    }

    @Test
    void move_stepByStep_saysWhoDoesWhat() {
        fill(12);
        assertThat(said("route", "get")).isEqualTo("""
                NAMESPACE  PHASE   DECIDES  FOLLOWS  READS  ETAG
                orders     SINGLE  old      -        old    0
                """);

        assertThat(said("migrate", "start", NAMESPACE, "--to", "new", "--lag"))
                .startsWith("orders is in DUAL_WRITE (etag 1): old decides, new follows and may lag.\n! ");
        assertThat(said("migrate", "watch", NAMESPACE, "--until", "copied", "--timeout", "1m"))
                .contains("orders: DUAL_WRITE (etag 1), old -> new; copied ");
        assertThat(said("migrate", "verify", NAMESPACE, "--wait"))
                .endsWith("; compared 100 %, 12 of 12 records, 0 differ\n");
        assertThat(said("migrate", "advance", NAMESPACE, "--dry-run")).isEqualTo("""
                orders is in DUAL_WRITE (etag 1): old decides, new follows and may lag, and nothing was changed. \
                The step would be: DUAL_WRITE -> READ_NEWEST.
                Nothing stands in its way.
                """);
        assertThat(said("migrate", "advance", NAMESPACE, "--etag", "1"))
                .isEqualTo("orders is in READ_NEWEST (etag 2): old decides, new follows, reads show what both have.\n");
        assertThat(said("migrate", "advance", NAMESPACE, "--read-percent", "25"))
                .isEqualTo(
                        "orders is in READ_SWITCHED 25 % (etag 3): old decides, new follows, 25 % of keys are read in new.\n");
        assertThat(said("route", "set", NAMESPACE, "--phase", "read_switched", "--read-percent", "100"))
                .isEqualTo(
                        "orders is in READ_SWITCHED 100 % (etag 4): old decides, new follows, 100 % of keys are read in new.\n");
        assertThat(said("migrate", "advance", NAMESPACE, "--stop-max", "2s"))
                .isEqualTo("orders is in WRITE_SWITCHED (etag 6): new decides, old follows and may lag.\n");
        assertThat(said("route", "get", NAMESPACE)).isEqualTo("""
                NAMESPACE  PHASE           DECIDES  FOLLOWS  READS  ETAG
                orders     WRITE_SWITCHED  new      old      new    6
                """);
        assertThat(said("migrate", "rollback", NAMESPACE))
                .startsWith("orders is in READ_SWITCHED 100 % (etag 8): old decides");
        said("migrate", "advance", NAMESPACE);
        assertThat(Run.of(environment(), "no\n", "migrate", "complete", NAMESPACE)
                        .err())
                .startsWith("orders stays in new. old is no longer told of changes, so there is no way back");
        assertThat(said("migrate", "complete", NAMESPACE, "--yes"))
                .isEqualTo("orders is in new (etag 11). The move is over.\n");
        assertThat(said("migrate", "watch", NAMESPACE)).isEqualTo("orders: SINGLE (etag 11), the move is over\n");
        assertThat(said("migrate", "status"))
                .containsPattern("orders +old +new +\\d+s ago +over +WRITE_SWITCHED -> SINGLE in new");
    }

    @Test
    void json_ofEachCommand_isOneObject() {
        fill(2);
        assertThat(json("route", "get", NAMESPACE).getJsonArray("routes")).hasSize(1);
        assertThat(json("route", "set", NAMESPACE, "--phase", "dual_write", "--validate-only")
                        .getString("step"))
                .isEqualTo("SINGLE -> DUAL_WRITE");
        assertThat(json("migrate", "start", NAMESPACE, "--to", "new").getBoolean("is_over"))
                .isFalse();
        assertThat(json("migrate", "watch", NAMESPACE, "--until", "dual_write")
                        .getJsonObject("route")
                        .getString("phase"))
                .isEqualTo("DUAL_WRITE");
        assertThat(json("migrate", "pause", NAMESPACE)
                        .getJsonObject("migration")
                        .getBoolean("paused"))
                .isTrue();
        assertThat(json("migrate", "resume", NAMESPACE)
                        .getJsonObject("migration")
                        .getBoolean("paused"))
                .isFalse();
        assertThat(json("migrate", "status", NAMESPACE)
                        .getJsonObject("progress")
                        .fieldNames())
                .contains("rate_per_second");
        assertThat(json("migrate", "status").getJsonArray("migrations")).hasSize(1);
        assertThat(json("route", "explain", NAMESPACE, "t0").getString("writes"))
                .isEqualTo("old");
        assertThat(json("route", "fleet").getJsonArray("problems")).isEmpty();
        assertThat(json("migrate", "abort", NAMESPACE, "--yes").getBoolean("is_over"))
                .isTrue();
    }

    @Test
    void completeAndAbort_withoutAYes_changeNothing() {
        fill(1);
        startVerified();
        JsonObject before = json("route", "get", NAMESPACE);

        Run abort = Run.of(environment(), "no\n", "migrate", "abort", NAMESPACE);
        Run complete = Run.of(environment(), "", "migrate", "complete", NAMESPACE);

        assertThat(abort.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(abort.err()).isEqualTo("""
                        orders stays in old. What new has of it stays there, and gets old: another move begins anew.
                        To abort the move, type yes: Nothing was changed.
                        """);
        assertThat(complete.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(complete.err())
                .isEqualTo(
                        "error: the move of orders is in DUAL_WRITE, and can be ended so in WRITE_SWITCHED: take it there"
                                + " first\n");
        assertThat(json("route", "get", NAMESPACE)).isEqualTo(before);
        Run agreed = Run.of(environment(), "yes\n", "migrate", "abort", NAMESPACE);
        assertThat(agreed.out()).endsWith("orders is in old (etag 2). The move is over.\n");
    }

    @Test
    void refusals_ofSteps_areSentencesWithExitCode1() {
        fill(1);

        assertThat(refused("migrate", "status", NAMESPACE)).isEqualTo("error: orders was never moved\n");
        assertThat(refused("migrate", "advance", NAMESPACE)).isEqualTo("error: orders is not being moved\n");
        assertThat(refused("migrate", "start", NAMESPACE, "--to", "redis"))
                .isEqualTo("error: there is no store redis: this sidecar has new, old\n");
        assertThat(refused("route", "set", NAMESPACE, "--phase", "DUAL"))
                .startsWith("error: phase must be one of SINGLE, DUAL_WRITE, ");
        assertThat(refused("migrate", "start", "No", "--to", "new"))
                .startsWith("error: namespace must be 1 to 63 of a-z");
        startVerified();
        assertThat(refused("migrate", "advance", NAMESPACE, "--etag", "9")).contains("is at etag 1, not 9");
        assertThat(run("route", "set", NAMESPACE, "--phase", "DUAL_WRITE", "--may-lag", "--no-lag")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        Run until = run("migrate", "watch", NAMESPACE, "--until", "done");
        assertThat(until.code()).isEqualTo(ExitCode.USAGE);
        assertThat(until.err())
                .isEqualTo("tandem: --until must be copied, verified or one of [DUAL_WRITE, READ_NEWEST, READ_SWITCHED,"
                        + " WRITE_SWITCHED], not \"done\"\n");
    }

    @Test
    void watch_timeIsOver_exitsWith6() {
        fill(1);
        startVerified();

        Run run = run("migrate", "watch", NAMESPACE, "--until", "WRITE_SWITCHED", "--timeout", "0s");

        assertThat(run.code()).isEqualTo(ExitCode.NOT_YET);
        assertThat(run.err())
                .isEqualTo("error: the time is over, and the move of orders has not come to WRITE_SWITCHED\n");
    }

    @Test
    void watch_moveIsOverBefore_exitsWith1() {
        fill(1);
        startVerified();
        said("migrate", "abort", NAMESPACE, "--yes");

        Run run = run("migrate", "watch", NAMESPACE, "--until", "READ_NEWEST");

        assertThat(run.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(run.err()).isEqualTo("error: the move of orders is over, and did not come to READ_NEWEST\n");
    }

    @Test
    void verify_recordsDiffer_listsThemAndRepairMendsThem() {
        fill(30);
        startVerified();
        for (int i = 0; i < 25; i++) {
            stores.spoil(NAMESPACE, "t" + i);
        }

        Run verified = run("migrate", "verify", NAMESPACE, "--wait");

        assertThat(verified.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(verified.err()).isEqualTo("error: 25 records differ: see `tandem migrate status orders`\n");
        String status = said("migrate", "status", NAMESPACE);
        assertThat(status)
                .contains(
                        "RECORD  NAME",
                        "DIFFERS BY  VERSION IN old  VERSION IN new\n",
                        "... and 5 more\n",
                        "25 differ");
        assertThat(status.lines().filter(line -> line.startsWith("task  "))).hasSize(20);
        assertThat(json("migrate", "status", NAMESPACE)
                        .getJsonObject("migration")
                        .getJsonObject("verified")
                        .getJsonArray("differences"))
                .hasSize(25);
        said("migrate", "repair", NAMESPACE);
        said("migrate", "watch", NAMESPACE, "--until", "verified");
    }

    @Test
    void fleet_oneSidecar_isShown() {
        fill(1);
        startVerified();

        String shown = said("route", "fleet", NAMESPACE);

        assertThat(shown)
                .containsPattern(
                        "^SIDECAR +ADMIN +VERSION +STORES +ETAG +SEEN\n\\S+ +here:7421 +\\S+ +old,new +\\S+ +\\d+s ago\n")
                .endsWith("\nNone of them is behind.\n");
    }

    @Test
    void token_fromFileOrVariable_isShownAndNeverPrinted() throws Exception {
        fill(1);
        Path good = Files.writeString(folder.resolve("token"), MovingStores.TOKEN + "\n");
        Path bad = Files.writeString(folder.resolve("bad"), "another-token-0123456789\n");
        Map<String, String> port = Map.of("TANDEM_ADMIN", stores.admin());

        Run byFlag = Run.of(port, "", "route", "get", "--token-file", good.toString());
        Run byVariable = Run.of(
                Map.of("TANDEM_ADMIN", stores.admin(), "TANDEM_ADMIN_TOKEN_FILE", good.toString()), "", "route", "get");
        Run none = Run.of(port, "", "route", "get");
        Run wrong = Run.of(port, "", "route", "get", "--token-file", bad.toString());
        Run missing = Run.of(
                port, "", "route", "get", "--token-file", folder.resolve("none").toString());

        assertThat(byFlag.code()).isZero();
        assertThat(byVariable).isEqualTo(byFlag);
        assertThat(none.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(none.err())
                .isEqualTo("error: the process at " + stores.admin()
                        + " asks for its admin token: give it by --token-file,"
                        + " TANDEM_ADMIN_TOKEN or TANDEM_ADMIN_TOKEN_FILE\n");
        assertThat(wrong.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(wrong.err()).contains("has another admin token").doesNotContain("another-token");
        assertThat(missing.code()).isEqualTo(ExitCode.USAGE);
        assertThat(missing.err()).contains("can't be read; is it there");
    }

    @Test
    void nobodyThere_saysSoWithItsExitCode() {
        Run nobody = Run.of(Map.of("TANDEM_ADMIN", "127.0.0.1:1"), "", "migrate", "watch", NAMESPACE);

        assertThat(nobody.code()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(nobody.err()).isEqualTo("error: nobody listens at 127.0.0.1:1\n");
    }
}
