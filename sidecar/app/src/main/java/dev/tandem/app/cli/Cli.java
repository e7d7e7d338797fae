package dev.tandem.app.cli;

import dev.tandem.app.config.ConfigException;
import dev.tandem.app.config.Suggestion;
import dev.tandem.app.sidecar.StartException;
import dev.tandem.bench.BenchCommand;
import dev.tandem.bench.DemoCommand;
import dev.tandem.client.TandemException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The whole command line. */
public final class Cli {
    private static final int WIDTH = 100;

    /** The commands in the order of the help. Each is made only when it is asked for, because all of them take a while. */
    private static final Map<String, Function<Terminal, Object>> COMMANDS = commands();

    private static final Set<String> LOGGING = Set.of("sidecar", "node", "bench", "demo", "train");

    private Cli() {}

    private static Map<String, Function<Terminal, Object>> commands() {
        Map<String, Function<Terminal, Object>> commands = new LinkedHashMap<>();
        commands.put("sidecar", SidecarCommand::make);
        commands.put("node", NodeCommand::make);
        commands.put("task", TaskCommand::make);
        commands.put("lease", LeaseCommand::make);
        commands.put("route", RouteCommand::make);
        commands.put("migrate", MigrateCommand::make);
        commands.put("backup", BackupCommand::make);
        commands.put("redis", RedisCommand::make);
        commands.put("config", ConfigCommand::make);
        commands.put(
                "bench",
                terminal ->
                        BenchCommand.commandLine("dev.tandem.app.Main", terminal.isTerminal(), terminal.environment()));
        commands.put(
                "demo",
                terminal -> new DemoCommand("dev.tandem.app.Main", terminal.isTerminal(), terminal.environment()));
        commands.put("completion", CompletionCommand::new);
        commands.put("version", VersionCommand::new);
        commands.put("train", TrainCommand::new);
        return commands;
    }

    @Command(
            name = "tandem",
            description = "Keeps the state of your application's tasks, in a sidecar beside it.",
            footer = {
                "",
                "Exit codes:",
                "  0  done",
                "  1  the sidecar or node said no; nothing was changed",
                "  2  bad usage or configuration, or a sidecar or node that can't be started",
                "  3  no sidecar, node or Redis there, or it can't serve now; nothing was changed",
                "  4  no such task, lease or namespace",
                "  5  the result is unknown: it may have been applied, or not",
                "  6  the time was over before what was waited for came to be"
            })
    private static final class Root {}

    /** The command line as a whole, for help, completion and documents. */
    static CommandLine whole(Terminal terminal) {
        return commandLine(terminal, COMMANDS.keySet());
    }

    /** Runs a command and returns its exit code. */
    public static int run(Terminal terminal, String... arguments) {
        String first = arguments.length > 0 ? arguments[0] : "";
        CommandLine line = COMMANDS.containsKey(first) ? commandLine(terminal, List.of(first)) : whole(terminal);
        int code = line.execute(arguments);
        terminal.out().flush();
        return code;
    }

    /** Whether this command line is for a command that logs. */
    public static boolean logs(String... arguments) {
        return arguments.length > 0
                && LOGGING.contains(arguments[0])
                && (!arguments[0].equals("node") || NodeCommand.starts(arguments));
    }

    private static CommandLine commandLine(Terminal terminal, Collection<String> names) {
        CommandLine line = new CommandLine(CommandSpec.forAnnotatedObject(new Root()));
        line.getCommandSpec().versionProvider(() -> new String[] {VersionCommand.line()});
        for (Map.Entry<String, Function<Terminal, Object>> command : COMMANDS.entrySet()) {
            if (names.contains(command.getKey())) {
                line.addSubcommand(command.getKey(), command.getValue().apply(terminal));
            }
        }
        everyCommand(line, each -> {
            each.getCommandSpec().addOption(help());
            each.getCommandSpec().usageMessage().width(WIDTH);
        });
        line.getCommandSpec().addOption(version());
        line.setExpandAtFiles(false); // @FILE means a payload here
        Values.register(line);
        line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(CommandLine.Help.defaultColorScheme(terminal.isTerminal() ? Ansi.AUTO : Ansi.OFF));
        line.setParameterExceptionHandler((failure, given) -> badUsage(failure, terminal.err()));
        line.setExecutionExceptionHandler((failure, command, result) -> failed(failure, terminal));
        return line;
    }

    private static void everyCommand(CommandLine line, Consumer<CommandLine> action) {
        action.accept(line);
        line.getSubcommands().values().forEach(each -> everyCommand(each, action));
    }

    private static int badUsage(ParameterException failure, PrintStream err) {
        err.println("tandem: " + failure.getMessage());
        if (failure instanceof UnmatchedArgumentException unmatched) {
            suggest(unmatched, err);
        }
        err.println("See `" + failure.getCommandLine().getCommandSpec().qualifiedName() + " --help`.");
        return ExitCode.USAGE;
    }

    private static void suggest(UnmatchedArgumentException failure, PrintStream err) {
        String unknown = failure.getUnmatched().get(0);
        CommandLine line = failure.getCommandLine();
        Set<String> known = unknown.startsWith("-")
                ? line.getCommandSpec().optionsMap().keySet()
                : line.getSubcommands().keySet();
        String nearest = Suggestion.nearest(unknown, known);
        if (nearest != null) {
            err.println("Did you mean " + nearest + "?");
        }
    }

    private static int failed(Exception failure, Terminal terminal) {
        PrintStream err = terminal.err();
        terminal.out().flush();
        if (failure instanceof ConfigException config) {
            config.problems().forEach(problem -> err.println("tandem: " + problem));
            return ExitCode.USAGE;
        } else if (failure instanceof StartException || failure instanceof BadInput) {
            err.println("tandem: " + failure.getMessage());
            return ExitCode.USAGE;
        } else if (failure instanceof TandemException call) {
            err.println("error: " + sentence(call));
            return ExitCode.of(call);
        }
        err.println("tandem: this is a bug in tandem, please report it: " + failure);
        return ExitCode.BUG;
    }

    private static String sentence(TandemException failure) {
        String message = String.valueOf(failure.getMessage());
        String fields = failure.fieldViolations().stream()
                .map(field -> field.getField() + ": " + field.getDescription())
                .filter(field -> !message.contains(field))
                .collect(Collectors.joining("; "));
        String reason = failure.reason().isEmpty() ? failure.code().name() : failure.reason();
        return message + (fields.isEmpty() ? "" : " [" + fields + "]") + " (" + reason + ")";
    }

    private static OptionSpec help() {
        return OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help.")
                .build();
    }

    private static OptionSpec version() {
        return OptionSpec.builder("-V", "--version")
                .versionHelp(true)
                .description("Print the version.")
                .build();
    }
}
