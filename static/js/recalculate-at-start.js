// <form data-live>: what was chosen before the scripts were there, or came back with the browser's history, is
// recalculated as if it had just been typed.
(() => {
  const differs = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
    return field.value !== field.defaultValue;
  };

  const recalculate = () => {
    for (const form of document.querySelectorAll("form[data-live]")) {
      const fields = [...form.elements].filter((field) => field.matches("[name]:not(button, [type=hidden])"));
      fields.find(differs)?.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  // By "pageshow" the browser has put back what it remembers of the form; htmx listens from a timer on that it set before.
  window.addEventListener("pageshow", () => setTimeout(recalculate));
})();
