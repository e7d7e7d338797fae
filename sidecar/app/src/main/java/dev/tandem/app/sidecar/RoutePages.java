package dev.tandem.app.sidecar;

import dev.tandem.migration.Fleet;
import dev.tandem.migration.Migrations;
import dev.tandem.routing.Policies;
import dev.tandem.routing.Policy;
import dev.tandem.routing.Router;
import dev.tandem.store.CallOptions;
import dev.tandem.store.TaskQuery;
import dev.tandem.task.Limits;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.TreeSet;

/** What {@link MovePages} shows of policies, and of the sidecars that follow them. */
final class RoutePages {
    static final String KEY = "key";

    /** How many namespaces' gates are read at a time. */
    private static final int READ_AT_ONCE_MAX = 32;

    private RoutePages() {}

    /** The policy of the namespace that is named, or else of all that the stores or this sidecar know, as the gates have it now. */
    static Future<JsonObject> all(Router router, PageInput input) {
        Policies policies = router.policies();
        Future<List<String>> names = input.has(PageInput.NAMESPACE)
                ? Future.succeededFuture(List.of(input.namespace()))
                : router.query(new TaskQuery.Namespaces(), CallOptions.DEFAULT).map(stored -> {
                    TreeSet<String> all = new TreeSet<>(stored);
                    all.addAll(policies.known().keySet());
                    return List.copyOf(all);
                });
        JsonArray routes = new JsonArray();
        return names.compose(all -> read(policies, all, 0, routes)).map(new JsonObject().put("routes", routes));
    }

    private static Future<Void> read(Policies policies, List<String> names, int from, JsonArray routes) {
        if (from >= names.size()) {
            return Future.succeededFuture();
        }
        List<String> some = names.subList(from, Math.min(names.size(), from + READ_AT_ONCE_MAX));
        List<Future<Policy>> asked = some.stream().map(policies::refresh).toList();
        return Future.join(asked).compose(done -> {
            for (int i = 0; i < some.size(); i++) {
                routes.add(Migrations.routeJson(some.get(i), asked.get(i).result()));
            }
            return read(policies, names, from + READ_AT_ONCE_MAX, routes);
        });
    }

    static Future<JsonObject> explain(Router router, PageInput input) {
        return router.explain(input.namespace(), input.text(KEY, Limits.NAME_LENGTH_MAX))
                .map(found -> new JsonObject()
                        .put(PageInput.NAMESPACE, found.namespace())
                        .put(KEY, found.key())
                        .put("policy", Migrations.routeJson(found.namespace(), found.policy()))
                        .put("bucket", found.bucket())
                        .put("writes", found.writes())
                        .put("reads", found.reads())
                        .put("because", new JsonArray(found.because())));
    }

    static Future<JsonObject> fleet(Fleet fleet) {
        return fleet.members().map(members -> {
            JsonArray sidecars = new JsonArray();
            members.forEach(member -> sidecars.add(member.toJson()));
            return new JsonObject().put("sidecars", sidecars);
        });
    }
}
