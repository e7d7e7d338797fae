package dev.tandem.app.cli;

import dev.tandem.store.CallOptions;
import dev.tandem.store.redis.NamespaceStatus;
import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.link.LinkStatus;
import dev.tandem.store.redis.link.RedisDurability;
import dev.tandem.store.redis.link.RedisOptions;
import dev.tandem.store.redis.link.RedisRequirement;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tandem redis status}. */
@Command(
        name = "status",
        description =
                "Shows the servers, what they lose in a power cut or a failover, the namespaces that they hold, and"
                        + " which of these take no writes.",
        sortOptions = false,
        footer = {
            "",
            "A server that promises less than redis.require is shown with what it lacks. Exit code 3 if a server",
            "can't be reached, or can't be used at all."
        })
final class RedisStatus extends RedisCall {
    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            description = "Show this one alone. Default: all that were ever written to.")
    private @Nullable String namespace;

    RedisStatus(Terminal terminal) {
        super(terminal);
    }

    @Override
    RedisOptions link(RedisOptions configured) {
        return configured.requiring(RedisRequirement.NONE);
    }

    @Override
    int run(RedisTaskStore store, RedisOptions configured) throws InterruptedException, ExecutionException {
        List<RedisDurability> servers = await(store.linkStatus()).servers().stream()
                .map(LinkStatus.Server::durability)
                .filter(Objects::nonNull)
                .map(said -> said.waitingFor(configured.require()))
                .toList();
        List<NamespaceStatus> namespaces;
        if (namespace == null) {
            namespaces = await(store.status(CallOptions.DEFAULT));
        } else {
            Optional<NamespaceStatus> one = await(store.status(namespace, CallOptions.DEFAULT));
            if (one.isEmpty()) {
                terminal.err().println("error: there is no namespace " + namespace + " in this Redis");
                return ExitCode.NOT_FOUND;
            }
            namespaces = List.of(one.get());
        }
        terminal.out()
                .print(
                        isJson
                                ? json(servers, configured.require(), namespaces)
                                                .encode() + "\n"
                                : text(servers, configured.require(), namespaces));
        return ExitCode.OK;
    }

    private static JsonObject json(
            List<RedisDurability> servers, RedisRequirement require, List<NamespaceStatus> namespaces) {
        JsonArray shown = new JsonArray();
        for (RedisDurability server : servers) {
            shown.add(new JsonObject()
                    .put("server", server.server())
                    .put("role", "primary")
                    .put("version", server.version())
                    .put("replicas", server.replicas())
                    .put("power_cut_loses", server.powerCutLosesWord())
                    .put("failover_loses", server.failoverLosesWord())
                    .put("durability", server.powerCutLoses() + " " + server.failoverLoses())
                    .put("lacks", new JsonArray(server.shortOf(require))));
        }
        JsonArray listed = new JsonArray();
        namespaces.forEach(each -> listed.add(json(each)));
        return new JsonObject()
                .put("require", require.toString())
                .put("servers", shown)
                .put("namespaces", listed);
    }

    private static JsonObject json(NamespaceStatus of) {
        JsonObject json = new JsonObject().put("namespace", of.namespace());
        if (of.problem() != null) {
            return json.put("problem", of.problem());
        }
        JsonObject tasks = new JsonObject();
        of.tasks().forEach((state, count) -> tasks.put(state.name(), count));
        json.put("last_version", of.lastVersion())
                .put("tasks", tasks)
                .put("leases", of.leases())
                .put("writes", of.lost() == null ? "go on" : "stopped");
        return of.lost() == null ? json : json.put("lost", json(of.lost()));
    }

    private static String text(
            List<RedisDurability> servers, RedisRequirement require, List<NamespaceStatus> namespaces) {
        StringBuilder text = new StringBuilder();
        for (RedisDurability server : servers) {
            text.append("Redis ").append(server.version()).append(" at ").append(server.server());
            text.append(", primary, replicas: ").append(server.replicas()).append('\n');
            text.append("  ").append(server.powerCutLoses()).append('\n');
            text.append("  ").append(server.failoverLoses()).append('\n');
            for (String lacks : server.shortOf(require)) {
                text.append("  Less than redis.require asks for: ")
                        .append(lacks)
                        .append('\n');
            }
        }
        List<List<String>> rows = new ArrayList<>();
        for (NamespaceStatus each : namespaces) {
            long tasks =
                    each.tasks().values().stream().mapToLong(Long::longValue).sum();
            rows.add(
                    each.problem() == null
                            ? List.of(
                                    each.namespace(),
                                    Long.toString(tasks),
                                    Long.toString(each.lastVersion()),
                                    each.lost() == null ? "go on" : "STOPPED: " + sentence(each.lost()))
                            : List.of(each.namespace(), "-", "-", each.problem()));
        }
        text.append('\n').append(Table.of(List.of("NAMESPACE", "TASKS", "VERSION", "WRITES"), rows));
        return text.toString();
    }
}
