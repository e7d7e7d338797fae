package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.redis.servers.SharedServers;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Short runs over real servers; the ways of Raft need the whole program, and are tested beside it. */
class CompareCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(List<String> arguments) {
        List<String> line = new ArrayList<>(List.of("compare", "--launcher=", "--folder=" + folder));
        line.addAll(arguments);
        return BenchCommand.commandLine(TinySidecar.class.getName(), false, System.getenv())
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(line.toArray(String[]::new));
    }

    @Test
    void execute_waysOfBothContests_comparesEachWithTheFirstOfItsOwnAndLeavesNothingBehind() throws IOException {
        Path json = folder.resolve("compare.json");

        int code = execute(List.of(
                "--ways=redis-none,sqlite,redis-always",
                "--redis-server=" + SharedServers.program(),
                "--in-flight=1,4",
                "--payload=100",
                "--rounds=2",
                "--phase=20ms",
                "--warm-up=10ms",
                "--json=" + json));

        assertThat(err.toString()).doesNotContain("error", "could not tidy up");
        assertThat(code).as(out + "\n" + err).isZero();
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).containsExactly(json);
        }
        JsonObject report = new JsonObject(Files.readString(json));
        assertThat(report.getLong("errors")).isZero();
        JsonArray contests = report.getJsonArray("contests");
        assertThat(contests).hasSize(2);
        assertContest(contests.getJsonObject(0), "redis-always", List.of("redis-always", "sqlite"));
        assertContest(contests.getJsonObject(1), "redis-none", List.of("redis-none"));
        assertThat(out.toString()).contains("p50 and op/s, in parts of those of redis-always:");
    }

    private static void assertContest(JsonObject contest, String measure, List<String> ways) {
        assertThat(contest.getString("measure")).isEqualTo(measure);
        List<JsonObject> cells = objects(contest.getJsonArray("cells"));
        assertThat(cells).hasSize(ways.size() * 4 * 2).allSatisfy(cell -> {
            assertThat(cell.getString("way")).isIn(ways);
            assertThat(cell.getJsonArray("rounds")).hasSize(2);
            assertThat(cell.getDouble("p50_ratio")).isPositive();
            assertThat(cell.getDouble("throughput_ratio")).isPositive();
        });
        assertThat(cells)
                .filteredOn(cell -> cell.getString("way").equals(measure))
                .extracting(cell -> cell.getDouble("p50_ratio"))
                .containsOnly(1.0);
        assertThat(objects(contest.getJsonArray("processes")))
                .extracting(process -> process.getString("way") + " " + process.getString("process"))
                .contains(measure + " sidecar", measure + " redis");
    }

    private static List<JsonObject> objects(JsonArray array) {
        return array.stream().map(JsonObject.class::cast).toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--ways=redis     | 'redis' is none of redis-always, nodes-fsync, members-fsync, sqlite, redis-none,",
                "--in-flight=5000 | --in-flight: 5000 is not 1 to 4096",
                "--rounds=-1      | --rounds: -1 is not 1 to 1000"
            },
            quoteCharacter = '`')
    void execute_badUsage_exitsWithTwoAndSaysWhatIsAllowed(String argument, String sentence) {
        int code = execute(List.of(argument.trim()));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains(sentence.trim()).doesNotContain("\tat ");
    }

    @Test
    void execute_noRedisServer_exitsWithOneAndSaysHowToNameOne() {
        int code = execute(List.of("--ways=redis-always", "--redis-server=/no/such/server"));

        assertThat(code).isEqualTo(1);
        assertThat(err.toString()).contains("can't run /no/such/server as a Redis server");
    }
}
