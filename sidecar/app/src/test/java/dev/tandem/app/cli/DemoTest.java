package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.redis.servers.SharedServers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tandem demo} and {@code tandem bench migrate}: short runs of the real program over a real Redis and real store nodes. */
@Tag("long")
class DemoTest {
    @TempDir
    private Path folder;

    private Run run(String... arguments) {
        List<String> line = new ArrayList<>(List.of(arguments));
        line.addAll(List.of("--launcher=", "--folder=" + folder, "--redis-server=" + SharedServers.program()));
        return Run.of(line.toArray(String[]::new));
    }

    private static List<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }

    @Test
    void demo_overRedisAndNodes_movesThereAndBackAndLosesNothing() {
        Run run = run("demo", "--tasks=2000", "--rate=200", "--json");

        JsonObject report = run.json();
        assertThat(report.getBoolean("is_good")).as(run.toString()).isTrue();
        assertThat(report.getLong("failed_calls")).isZero();
        assertThat(report.getLong("lost_writes")).isZero();
        assertThat(report.getLong("contradicted_reads")).isZero();
        assertThat(report.getJsonObject("check").getLong("tasks")).isGreaterThan(2000);
        assertThat(objects(report.getJsonArray("moves")))
                .extracting(move -> move.getString("from") + " -> " + move.getString("to"))
                .containsExactly("redis -> nodes", "nodes -> redis");
        assertThat(objects(report.getJsonArray("moves"))).allSatisfy(move -> {
            assertThat(move.getJsonObject("copied").getLong("records")).isGreaterThanOrEqualTo(2000);
            assertThat(move.getJsonObject("compared").getLong("records")).isGreaterThanOrEqualTo(2000);
            assertThat(move.getJsonArray("switches")).hasSize(1);
            assertThat(move.getJsonArray("switches").getJsonObject(0).getLong("gap_nanos"))
                    .isPositive();
            assertThat(move.getJsonObject("calls").fieldNames())
                    .containsExactly("rest", "copying", "comparing", "read_newest", "read_switched", "write_switched");
        });
        assertThat(run.err().lines().filter(line -> line.startsWith("$ ")))
                .containsExactly(
                        "$ tandem migrate start demo --to nodes",
                        "$ tandem migrate verify demo",
                        "$ tandem migrate advance demo",
                        "$ tandem migrate advance demo",
                        "$ tandem migrate advance demo",
                        "$ tandem migrate complete demo --yes",
                        "$ tandem migrate start demo --to redis --into-existing",
                        "$ tandem migrate verify demo",
                        "$ tandem migrate advance demo",
                        "$ tandem migrate advance demo",
                        "$ tandem migrate advance demo",
                        "$ tandem migrate complete demo --yes");
        assertThat(run.err()).doesNotContain("could not tidy up");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void benchMigrate_fromSqlite_measuresMovesAndSwitchesThereAndBack() {
        Run run = run(
                "bench",
                "migrate",
                "--quick",
                "--moves=sqlite-redis",
                "--tasks=1000",
                "--rate=100",
                "--rounds=2",
                "--switches=2",
                "--json=-");

        assertThat(run.code()).as(run.toString()).isZero();
        JsonObject report = new JsonObject(run.out());
        assertThat(report.getLong("errors")).isZero();
        assertThat(objects(report.getJsonArray("rounds"))).hasSize(2).allSatisfy(round -> {
            JsonObject move = round.getJsonArray("moves").getJsonObject(0);
            assertThat(objects(move.getJsonArray("switches")))
                    .as("an even number would end where it began")
                    .extracting(stop -> stop.getString("to"))
                    .containsExactly("redis", "sqlite", "redis");
        });
        assertThat(objects(report.getJsonArray("targets")))
                .extracting(target -> target.getString("name"))
                .contains("records copied, sqlite -> redis", "calls that failed");
        assertThat(run.err()).doesNotContain("error", "could not tidy up");
        assertThat(folder).isEmptyDirectory();
    }
}
