package dev.tandem.app.cli;

import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code tandem node promote}. */
@Command(
        name = "promote",
        description = "Lets a member vote that does not, in the place of one that was removed.",
        sortOptions = false,
        footer = {
            "",
            "To be called at that member, from its own machine or pod. It is sent all that the groups hold, and",
            "counts from then on."
        })
final class NodePromote extends AdminCommand {
    @Mixin
    private Confirmation confirmation = new Confirmation();

    NodePromote(Terminal terminal) {
        super(terminal);
    }

    @Override
    int run(AdminPort port) throws AdminPort.Failure, InterruptedException {
        JsonObject status = port.get("/raft");
        String voter = status.getString("voter");
        String address = status.getString("address");
        if (voter != null) {
            return done(
                    new JsonObject().put("voter", voter).put("promoted", false),
                    "Nothing was changed: the member at " + address + " votes already, as " + voter + ".");
        }
        String explanation = "The member at " + address + " of cluster " + status.getString("cluster")
                + " does not vote. It will be sent all that the groups hold.";
        if (!confirmation.isGiven(terminal, explanation, "To let it vote")) {
            return ExitCode.REFUSED;
        }
        JsonObject answer = port.post("/raft/promote", new JsonObject());
        return done(answer, "The member at " + address + " votes now, as " + answer.getString("voter") + ".");
    }
}
