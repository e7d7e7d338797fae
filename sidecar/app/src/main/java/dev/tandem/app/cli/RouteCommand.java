package dev.tandem.app.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tandem route}. */
@Command(
        name = "route",
        description = "Shows and sets which store a namespace is in, and who follows that.",
        footer = {
            "",
            "They go to the admin port of any sidecar that has several stores (the key stores), with its admin",
            "token (the key admin_token). `tandem migrate` leads through a whole move."
        })
final class RouteCommand {
    private RouteCommand() {}

    static CommandSpec make(Terminal terminal) {
        return CommandSpec.forAnnotatedObject(new RouteCommand())
                .addSubcommand("get", CommandSpec.forAnnotatedObject(new Get(terminal)))
                .addSubcommand("set", CommandSpec.forAnnotatedObject(new SetPolicy(terminal)))
                .addSubcommand("explain", CommandSpec.forAnnotatedObject(new Explain(terminal)))
                .addSubcommand("fleet", CommandSpec.forAnnotatedObject(new RouteFleet(terminal)));
    }

    /** The policies, of one namespace or of all. */
    static JsonObject routes(AdminPort port, @Nullable String namespace)
            throws AdminPort.Failure, InterruptedException {
        return port.get("/routes" + (namespace == null ? "" : "?namespace=" + AdminPort.encoded(namespace)));
    }

    /** {@code tandem route get}. */
    @Command(
            name = "get",
            description = "Shows the policies: which store decides, which one follows, and where reads go.",
            sortOptions = false)
    static final class Get extends AdminCommand {
        @Parameters(paramLabel = "NAMESPACE", arity = "0..1", description = "The namespace. Default: all.")
        private @Nullable String namespace;

        Get(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(AdminPort port) throws AdminPort.Failure, InterruptedException {
            JsonObject found = routes(port, namespace);
            List<List<String>> rows = MoveText.objects(found.getJsonArray("routes"))
                    .map(RouteText::row)
                    .toList();
            return done(found, rows.isEmpty() ? "There are no namespaces yet." : Table.of(RouteText.HEADING, rows));
        }
    }

    /** {@code tandem route set}. */
    @Command(
            name = "set",
            description = "Brings a namespace to a phase next to the one that it is in, forwards or back.",
            sortOptions = false,
            footer = {
                "",
                "SINGLE - DUAL_WRITE - READ_NEWEST - READ_SWITCHED - WRITE_SWITCHED - SINGLE, in the other store.",
                "It takes the same steps as `tandem migrate`, and refuses what stands in their way."
            })
    static final class SetPolicy extends AdminCommand {
        @Mixin
        private OrderOptions order = new OrderOptions();

        @Option(names = "--phase", paramLabel = "PHASE", required = true, description = "The phase.")
        private String phase = "";

        @Option(
                names = "--target",
                paramLabel = "STORE",
                description =
                        "The store to move to, from SINGLE to DUAL_WRITE. Default: the other one, where there are two.")
        private @Nullable String target;

        @Option(
                names = "--read-percent",
                paramLabel = "N",
                description = "In READ_SWITCHED, the share of keys that are read in the new store.")
        private @Nullable Integer readPercent;

        @Option(
                names = "--may-lag",
                description = "Acknowledge changes before the new store has them, while nothing is read there.")
        private boolean mayLag;

        @Option(names = "--no-lag", description = "Acknowledge no change before the new store has it.")
        private boolean mayNotLag;

        @Option(
                names = "--validate-only",
                description = "Change nothing: say what would be done, and what stands in its way.")
        private boolean isDry;

        @Option(names = "--force", description = "Do it in spite of what stands in the way. The record keeps that.")
        private boolean isForced;

        SetPolicy(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(AdminPort port) throws AdminPort.Failure, InterruptedException {
            JsonObject request = order.json(terminal.environment()).put("phase", phase);
            putIfGiven(request, "target", target);
            putIfGiven(request, "read_percent", readPercent);
            if (mayLag && mayNotLag) {
                throw new BadInput("--may-lag and --no-lag say opposite things: leave one out");
            }
            if (mayLag || mayNotLag) {
                request.put("may_lag", mayLag);
            }
            JsonObject status =
                    port.post("/routes/set", request.put("validate_only", isDry).put("force", isForced));
            return done(status, isDry ? MoveText.dryRun(status) : MoveText.step(status));
        }

        private static void putIfGiven(JsonObject request, String field, @Nullable Object value) {
            if (value != null) {
                request.put(field, value);
            }
        }
    }

    /** {@code tandem route explain}. */
    @Command(
            name = "explain",
            description = "Says which stores a key's reads and writes go to now, and why.",
            sortOptions = false)
    static final class Explain extends AdminCommand {
        @Parameters(index = "0", paramLabel = "NAMESPACE", description = "The namespace.")
        private String namespace = "";

        @Parameters(index = "1", paramLabel = "KEY", description = "The id of a task, or a lease's scope.")
        private String key = "";

        Explain(Terminal terminal) {
            super(terminal);
        }

        @Override
        int run(AdminPort port) throws AdminPort.Failure, InterruptedException {
            JsonObject found = port.get(
                    "/routes/explain?namespace=" + AdminPort.encoded(namespace) + "&key=" + AdminPort.encoded(key));
            return done(found, text(found));
        }

        private static String text(JsonObject found) {
            JsonArray because = found.getJsonArray("because");
            StringBuilder text = new StringBuilder(Table.of(
                    List.of("writes", found.getString("writes")), List.of(List.of("reads", found.getString("reads")))));
            because.forEach(each -> text.append("- ").append(each).append('\n'));
            return text.toString();
        }
    }
}
