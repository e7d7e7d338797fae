package dev.tandem.app.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code tandem route fleet}. */
@Command(
        name = "fleet",
        description =
                "Shows the sidecars that have several stores, and which of them have not heard of the newest policies.",
        sortOptions = false,
        footer = {
            "",
            "One that is behind harms nothing: what it sends by an old policy is refused by the store, and sent",
            "again by the new one."
        })
final class RouteFleet extends AdminCommand {
    @Parameters(
            paramLabel = "NAMESPACE",
            arity = "0..1",
            description = "The namespace whose policy is looked at. Default: all that are known.")
    private @Nullable String namespace;

    RouteFleet(Terminal terminal) {
        super(terminal);
    }

    @Override
    int run(AdminPort port) throws AdminPort.Failure, InterruptedException {
        JsonObject fleet = port.get("/fleet");
        List<JsonObject> routes = MoveText.objects(
                        RouteCommand.routes(port, namespace).getJsonArray("routes"))
                .toList();
        List<String> problems = sidecars(fleet)
                .flatMap(sidecar -> routes.stream().flatMap(route -> problems(sidecar, route)))
                .toList();
        return done(fleet.copy().put("problems", new JsonArray(problems)), text(fleet, problems));
    }

    private static Stream<JsonObject> sidecars(JsonObject fleet) {
        return MoveText.objects(fleet.getJsonArray("sidecars"));
    }

    /** What a sidecar does not know or have yet; one that has not heard of a namespace asks before it serves it. */
    private static Stream<String> problems(JsonObject sidecar, JsonObject route) {
        String id = sidecar.getString("id");
        String of = route.getString("namespace");
        List<String> problems = new ArrayList<>();
        Long epoch = sidecar.getJsonObject("epochs").getLong(of);
        if (epoch != null && epoch < route.getLong("etag")) {
            problems.add(id + " is behind: it has the policy of " + of + " at etag " + epoch + ", not "
                    + route.getLong("etag"));
        }
        for (String store : Stream.of(route.getString("source"), route.getString("target"))
                .filter(each -> each != null)
                .toList()) {
            if (!sidecar.getJsonArray("stores").contains(store)) {
                problems.add(id + " has no store " + store + ", in which " + of
                        + " is kept: add it to its configuration (the key stores)");
            }
        }
        return problems.stream();
    }

    private String text(JsonObject fleet, List<String> problems) {
        long now = System.currentTimeMillis();
        List<List<String>> rows =
                sidecars(fleet).map(sidecar -> row(sidecar, now)).toList();
        String lines = problems.stream().map(problem -> "! " + problem + "\n").collect(Collectors.joining());
        return Table.of(List.of("SIDECAR", "ADMIN", "VERSION", "STORES", "ETAG", "SEEN"), rows)
                + (problems.isEmpty() ? "None of them is behind.\n" : lines);
    }

    private List<String> row(JsonObject sidecar, long nowMillis) {
        JsonObject epochs = sidecar.getJsonObject("epochs");
        Long epoch = namespace == null ? null : epochs.getLong(namespace);
        return List.of(
                sidecar.getString("id"),
                Objects.requireNonNullElse(sidecar.getString("admin"), "-"),
                sidecar.getString("version"),
                sidecar.getJsonArray("stores").stream().map(String::valueOf).collect(Collectors.joining(",")),
                epoch == null ? "-" : epoch.toString(),
                Printer.relative(Duration.ofMillis(sidecar.getLong("seen_time_millis") - nowMillis)));
    }
}
