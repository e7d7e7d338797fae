package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What `bench migrate` and `demo` refuse, and why they don't start; whole runs need the program, and are tested beside it. */
class MigrateCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(CommandLine line, String... arguments) {
        return line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
    }

    private static CommandLine demo(Map<String, String> environment) {
        return new CommandLine(new DemoCommand(TinySidecar.class.getName(), false, environment));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--tasks=0        | --tasks: 0 is not 1 to 1,000,000",
                "--tasks=many     | is not an int",
                "--rate=0         | --rate: 1 to 20,000 calls a second",
                "--rate=NaN       | --rate: 1 to 20,000 calls a second",
                "--switches=0     | --switches: 1 to 1001",
                "--moves=a-b      | redis-nodes, sqlite-nodes, nodes-redis",
                "--rounds=-1      | --rounds: -1 is not 1 to 1000",
                "--nonsense       | Unknown option: '--nonsense'"
            })
    void migrate_badUsage_exitsWithTwoAndSaysWhatIsAllowed(String argument, String sentence) {
        CommandLine line = BenchCommand.commandLine(TinySidecar.class.getName(), false, Map.of());

        assertThat(execute(line, "migrate", argument.trim())).isEqualTo(2);
        assertThat(err.toString()).contains(sentence).doesNotContain("\tat ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--tasks=1000001  | --tasks: 1000001 is not 1 to 1,000,000",
                "--rate=99999     | --rate: 1 to 20,000 calls a second",
                "--seed=x         | is not a long"
            })
    void demo_badUsage_exitsWithTwoAndSaysWhatIsAllowed(String argument, String sentence) {
        assertThat(execute(demo(Map.of()), argument.trim())).isEqualTo(2);
        assertThat(err.toString()).contains(sentence).doesNotContain("\tat ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void demo_noRedisThere_exitsWithThreeAndSaysHowToGetOne() {
        int code = execute(
                demo(Map.of("PATH", folder.toString())), "--launcher=", "--redis-server=", "--folder=" + folder);

        assertThat(code).isEqualTo(3);
        assertThat(err.toString())
                .contains("error: there is no redis-server on the PATH: install Redis or Valkey")
                .contains("apt install redis-server")
                .contains("--redis-server or TANDEM_REDIS_SERVER")
                .doesNotContain("\tat ");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void directions_ofTheDefault_areAmongAll() {
        assertThat(MoveDirection.ALL).doesNotHaveDuplicates().hasSize(6);
        assertThat(List.of("redis-nodes", "nodes-redis", "sqlite-nodes"))
                .allSatisfy(label -> assertThat(
                                new MoveDirection.Converter().convert(label).label())
                        .isEqualTo(label));
    }
}
