package dev.tandem.app.cli;

import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;

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
final class NodePromote extends VoterChange {
    NodePromote(Terminal terminal) {
        super(terminal);
    }

    @Override
    JsonObject run(AdminPort port, JsonObject status) throws AdminPort.Failure, InterruptedException, NotSure {
        String voter = status.getString("voter");
        String address = status.getString("address");
        if (voter != null) {
            return new JsonObject()
                    .put("voter", voter)
                    .put("promoted", false)
                    .put("text", "Nothing was changed: the member at " + address + " votes already, as " + voter + ".");
        }
        confirm(
                "The member at " + address + " of cluster " + status.getString("cluster")
                        + " does not vote. It will be sent all that the groups hold.",
                "To let it vote");
        JsonObject answer = port.post("/raft/promote", new JsonObject());
        return answer.put("text", "The member at " + address + " votes now, as " + answer.getString("voter") + ".");
    }
}
