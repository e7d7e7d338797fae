package dev.tandem.app.cli;

import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code tandem node remove-voter}. */
@Command(
        name = "remove-voter",
        description = "Takes a member that has gone for good out of those that vote.",
        sortOptions = false,
        footer = {
            "",
            "To be called at a member that votes, from its own machine or pod. `tandem node status` shows the",
            "voters. A member that only restarts, or comes back with its folder, needs none of this. What was",
            "removed never votes again; a member with an empty folder takes its place by `tandem node promote`."
        })
final class NodeRemoveVoter extends AdminCommand {
    @Parameters(paramLabel = "VOTER", description = "The voter's id.")
    private String voter = "";

    @Mixin
    private Confirmation confirmation = new Confirmation();

    NodeRemoveVoter(Terminal terminal) {
        super(terminal);
    }

    @Override
    int run(AdminPort port) throws AdminPort.Failure, InterruptedException {
        JsonObject found = port.get("/raft").getJsonArray("voters").stream()
                .map(JsonObject.class::cast)
                .filter(each -> each.getString("voter").equals(voter))
                .findFirst()
                .orElseThrow(() -> new AdminPort.Failure("there is no voter " + voter, ExitCode.REFUSED));
        String explanation = "The voter " + voter + " was at " + found.getString("address")
                + ". It will never vote again, not even with its data; until another one takes its place, fewer may fail.";
        if (!confirmation.isGiven(terminal, explanation, "To remove it")) {
            return ExitCode.REFUSED;
        }
        JsonObject answer = port.post("/raft/remove-voter", new JsonObject().put("voter", voter));
        return done(answer, "Removed: " + voter + " votes no more.");
    }
}
