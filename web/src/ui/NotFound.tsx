// For an address that shows nothing: says why, and where to go on.
export function NotFound({title, text}: {title: string; text: string}) {
  return (
    <section class="empty">
      <h1>{title}</h1>
      <p>{text}</p>
      <p><a class="button" href="/runs">All runs</a></p>
    </section>
  );
}
