package dev.tandem.app.cli;

import dev.tandem.store.CallOptions;
import dev.tandem.store.redis.NamespaceStatus;
import dev.tandem.store.redis.NamespaceStatus.LostWrites;
import dev.tandem.store.redis.RedisTaskStore;
import dev.tandem.store.redis.link.RedisOptions;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tandem redis accept-loss}. */
@Command(
        name = "accept-loss",
        description = "Lets a namespace be written again whose Redis has lost writes that it had acknowledged.",
        sortOptions = false,
        footer = {
            "",
            "What was lost stays lost; versions go on far above those that were lost, so that none is given out",
            "twice. Look at docs/redis.md before: while nobody writes, a copy can still be put back instead.",
            "Asks before it does anything, unless --yes is given. With nothing to accept it changes nothing."
        })
final class RedisAcceptLoss extends RedisCall {
    @Option(
            names = {"-n", "--namespace"},
            paramLabel = "NAME",
            required = true,
            description = "The namespace.")
    private String namespace = "";

    @Mixin
    private Confirmation confirmation = new Confirmation();

    RedisAcceptLoss(Terminal terminal) {
        super(terminal);
    }

    @Override
    int run(RedisTaskStore store, RedisOptions configured) throws InterruptedException, ExecutionException {
        Optional<NamespaceStatus> found = await(store.status(namespace, CallOptions.DEFAULT));
        if (found.isEmpty()) {
            terminal.err().println("error: there is no namespace " + namespace + " in this Redis");
            return ExitCode.NOT_FOUND;
        }
        NamespaceStatus before = found.get();
        if (before.problem() != null) {
            terminal.err().println("error: " + before.problem());
            return ExitCode.REFUSED;
        }
        LostWrites lost = before.lost();
        if (lost == null) {
            print(
                    new JsonObject().put("namespace", namespace).put("accepted", false),
                    "Nothing was changed: namespace " + namespace + " takes writes, there is no loss to accept.\n");
            return ExitCode.OK;
        }
        String explanation = "Redis has lost writes of namespace " + namespace + " that it had acknowledged: "
                + sentence(lost) + ".";
        if (!confirmation.isGiven(terminal, explanation, "To give them up and let it be written again")) {
            return ExitCode.REFUSED;
        }
        boolean isAccepted = await(store.accept(namespace, CallOptions.DEFAULT));
        long version = await(store.status(namespace, CallOptions.DEFAULT))
                .map(NamespaceStatus::lastVersion)
                .orElse(0L);
        print(
                new JsonObject()
                        .put("namespace", namespace)
                        .put("accepted", isAccepted)
                        .put("lost", json(lost))
                        .put("last_version", version),
                isAccepted
                        ? "Accepted: namespace " + namespace + " takes writes again, above version " + version + " ("
                                + sentence(lost) + ").\n"
                        : "Nothing was changed: somebody else has accepted it meanwhile.\n");
        return ExitCode.OK;
    }

    private void print(JsonObject json, String text) {
        terminal.out().print(isJson ? json.encode() + "\n" : text);
    }
}
