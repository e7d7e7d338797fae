package dev.tandem.app.sidecar;

import dev.tandem.migration.Migration;
import dev.tandem.migration.Migrations;
import dev.tandem.migration.Migrations.Order;
import dev.tandem.migration.Migrations.Setting;
import dev.tandem.migration.Migrations.Start;
import dev.tandem.migration.Migrations.Status;
import dev.tandem.routing.Phase;
import dev.tandem.task.Limits;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The admin port's pages by which operators see where namespaces are, and move them: /routes, /migrations and /fleet. */
final class MovePages {
    private static final String NAMESPACE = PageInput.NAMESPACE;
    private static final String WHO = "who";
    private static final String ETAG = "etag";
    private static final String VALIDATE_ONLY = "validate_only";
    private static final String TARGET = "target";
    private static final String MAY_LAG = "may_lag";
    private static final String READ_PERCENT = "read_percent";
    private static final String STOP_MILLIS = "stop_millis";

    private static final int READ_PERCENT_MAX = 100;

    private static final long STOP_MILLIS_MIN = 10;
    private static final long STOP_MILLIS_MAX = 60_000;

    private final boolean isAlone;
    private final Supplier<@Nullable SeveralStores> stores;

    private MovePages(boolean isAlone, Supplier<@Nullable SeveralStores> stores) {
        this.isAlone = isAlone;
        this.stores = stores;
    }

    /**
     * The pages.
     *
     * @param isAlone whether the sidecar has one store, between which nothing moves: the pages say so
     * @param stores null while it can't be used
     */
    static List<AdminServer.Page> of(boolean isAlone, Supplier<@Nullable SeveralStores> stores) {
        MovePages pages = new MovePages(isAlone, stores);
        List<AdminServer.Page> all = new ArrayList<>();
        all.add(pages.page(HttpMethod.GET, "/routes", (to, input) -> RoutePages.all(to.router(), input), NAMESPACE));
        all.add(pages.page(
                HttpMethod.GET,
                "/routes/explain",
                (to, input) -> RoutePages.explain(to.router(), input),
                NAMESPACE,
                RoutePages.KEY));
        all.add(pages.page(HttpMethod.GET, "/fleet", (to, input) -> RoutePages.fleet(to.fleet())));
        all.add(pages.page(
                HttpMethod.GET, "/migrations", (to, input) -> migrations(to.migrations(), input), NAMESPACE));
        all.add(pages.step(
                "/routes/set", VALIDATE_ONLY, MovePages::set, "phase", TARGET, READ_PERCENT, MAY_LAG, "force"));
        all.add(pages.move("start", MovePages::start, TARGET, MAY_LAG, "into_existing"));
        all.add(pages.move("advance", MovePages::advance, READ_PERCENT, STOP_MILLIS));
        all.add(pages.move("rollback", (to, order, input) -> to.rollBack(order, stop(input)), STOP_MILLIS));
        all.add(pages.move("complete", (to, order, input) -> to.complete(order)));
        all.add(pages.move("abort", (to, order, input) -> to.abort(order)));
        all.add(pages.move("pause", (to, order, input) -> to.pause(order)));
        all.add(pages.move("resume", (to, order, input) -> to.resume(order)));
        all.add(pages.move("verify", (to, order, input) -> to.verify(order)));
        all.add(pages.move("repair", (to, order, input) -> to.repair(order)));
        return all;
    }

    private interface Answer {
        Future<JsonObject> to(SeveralStores stores, PageInput input);
    }

    private interface Step {
        Future<Status> take(Migrations migrations, Order order, PageInput input);
    }

    private AdminServer.Page page(HttpMethod method, String path, Answer answer, String... fields) {
        return new AdminServer.Page(
                method, path, true, json -> answer.to(stores(), new PageInput(json, List.of(fields))));
    }

    private AdminServer.Page move(String name, Step step, String... fields) {
        return step("/migrations/" + name, "dry_run", step, fields);
    }

    /** @param dry the field that says to change nothing */
    private AdminServer.Page step(String path, String dry, Step step, String... fields) {
        List<String> all = new ArrayList<>(List.of(NAMESPACE, WHO, ETAG, dry));
        all.addAll(List.of(fields));
        return page(
                HttpMethod.POST,
                path,
                (to, input) -> step.take(to.migrations(), order(input, input.isSet(dry)), input)
                        .map(Status::toJson),
                all.toArray(String[]::new));
    }

    private SeveralStores stores() {
        if (isAlone) {
            throw PageRefused.conflict("this sidecar has one store: add others by the key stores");
        }
        SeveralStores now = stores.get();
        if (now == null) {
            throw new PageRefused(
                    503, "the stores are not there yet, or no more: try again when /readyz says that they are");
        }
        return now;
    }

    private static Order order(PageInput input, boolean isDry) {
        return new Order(
                input.namespace(),
                input.has(WHO) ? input.text(WHO, Limits.NAME_LENGTH_MAX) : "an operator",
                input.whole(ETAG, 0, Long.MAX_VALUE),
                isDry);
    }

    private static int readPercent(PageInput input, int otherwise) {
        Long percent = input.whole(READ_PERCENT, 1, READ_PERCENT_MAX);
        return percent == null ? otherwise : percent.intValue();
    }

    private static Duration stop(PageInput input) {
        Long millis = input.whole(STOP_MILLIS, STOP_MILLIS_MIN, STOP_MILLIS_MAX);
        return millis == null ? Migrations.STOP_MAX : Duration.ofMillis(millis);
    }

    private static Future<Status> set(Migrations to, Order order, PageInput input) {
        return to.set(
                order,
                new Setting(
                        input.oneOf("phase", Phase.class),
                        input.has(TARGET) ? input.text(TARGET, Limits.NAME_LENGTH_MAX) : null,
                        readPercent(input, 0),
                        input.flag(MAY_LAG),
                        input.isSet("force")));
    }

    private static Future<Status> start(Migrations to, Order order, PageInput input) {
        String target = input.text(TARGET, Limits.NAME_LENGTH_MAX);
        return to.start(order, new Start(target, input.isSet(MAY_LAG), input.isSet("into_existing")));
    }

    private static Future<Status> advance(Migrations to, Order order, PageInput input) {
        return to.advance(order, readPercent(input, READ_PERCENT_MAX), stop(input));
    }

    private static Future<JsonObject> migrations(Migrations from, PageInput input) {
        if (input.has(NAMESPACE)) {
            return from.status(input.namespace()).map(Status::toJson);
        }
        return from.all(true)
                .compose(all -> from.all(false).map(open -> {
                    Set<String> under = open.stream().map(Migration::id).collect(Collectors.toSet());
                    JsonArray shown = new JsonArray();
                    all.forEach(each -> shown.add(new JsonObject()
                            .put("migration", each.toJson())
                            .put("is_over", !under.contains(each.id()))));
                    return new JsonObject().put("migrations", shown);
                }));
    }
}
